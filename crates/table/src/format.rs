use crate::Error;
use std::path::Path;

/// A file format, told by the end of the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    CsvGz,
    Parquet,
}

impl Format {
    pub(crate) fn of(path: &Path) -> Result<Self, Error> {
        let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
        match name {
            n if n.ends_with(".csv") => Ok(Self::Csv),
            n if n.ends_with(".csv.gz") => Ok(Self::CsvGz),
            n if n.ends_with(".parquet") => Ok(Self::Parquet),
            _ => Err(Error::UnknownExtension { file: path.to_owned() }),
        }
    }
}
