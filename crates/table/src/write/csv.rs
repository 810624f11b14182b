use super::OutColumn;
use super::source::Value;
use crate::number_text::push_number;
use std::fmt::Write as _;
use std::io::{Result, Write};

/// Writes `rows` rows.
pub(super) fn write<W: Write>(
    csv: &mut ::csv::Writer<W>,
    columns: &[(String, OutColumn<'_>)],
    rows: usize,
) -> Result<()> {
    let mut digits = String::new();
    for row in 0..rows {
        for (_, column) in columns {
            digits.clear();
            let field = match column.value(row) {
                Value::Missing => "",
                Value::Text(text) => text,
                Value::Number(x) => {
                    push_number(&mut digits, x);
                    &digits
                }
                Value::Integer(x) => {
                    write!(digits, "{x}").expect("a string takes any text");
                    &digits
                }
            };
            csv.write_field(field)?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    Ok(())
}
