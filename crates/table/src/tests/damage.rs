use super::{Folder, only};
use crate::{OutColumn, ReadOptions, write};

fn sample(folder: &Folder) -> Vec<u8> {
    let texts: Vec<String> = (0..200).map(|i| format!("text {}", i % 17)).collect();
    let texts: Vec<Option<&str>> = texts.iter().enumerate().map(|(i, t)| (i % 5 != 0).then_some(t.as_str())).collect();
    let numbers: Vec<f64> = (0..200).map(|i| f64::from(i) / 3.0).collect();
    let columns =
        [("text".to_owned(), OutColumn::OptionalText(&texts)), ("number".to_owned(), OutColumn::Number(&numbers))];
    write(&folder.path("whole.parquet"), &columns).unwrap();
    std::fs::read(folder.path("whole.parquet")).unwrap()
}

#[test]
fn a_parquet_file_cut_anywhere_is_refused() {
    let folder = Folder::new();
    let whole = sample(&folder);
    for end in 1..whole.len() {
        if end < 16 || end % 37 == 0 || whole.len() - end < 16 {
            let text = folder.put("a.parquet", &whole[..end]).read(&["a.parquet"], &ReadOptions::default());
            assert!(text.starts_with("a.parquet: not a whole Parquet file: "), "{end}: {text}");
        }
    }
    let text = folder.put("a.parquet", "x,y\n1,2\n").read(&["a.parquet"], &ReadOptions::default());
    assert_eq!(text, "a.parquet: not a whole Parquet file: it does not begin with PAR1");
    let ends_only = [b"PAR1".as_slice(), &[0; 8], b"PAR1"].concat();
    let text = folder.put("a.parquet", ends_only).read(&["a.parquet"], &ReadOptions::default());
    assert!(text.starts_with("a.parquet: not a whole Parquet file: "), "{text}");
}

/// A changed byte may go unseen, for pages have no checksum; what it must not do is panic.
#[test]
fn a_parquet_file_with_a_changed_byte_is_read_or_refused() {
    let folder = Folder::new();
    let whole = sample(&folder);
    let mut refused = 0;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        let text = folder.put("a.parquet", bytes).read(&["a.parquet"], &ReadOptions::default());
        refused += usize::from(text.starts_with("a.parquet: "));
    }
    assert!(whole.len() / 4 < refused, "{refused} of {}", whole.len());
}

/// A page may promise more values than memory holds, or fewer than there are rows.
#[test]
fn parquet_pages_with_wrong_counts_are_refused() {
    let whole = include_bytes!("data/arrow.parquet");
    let folder = Folder::new();
    let options = only(&["nullable_bool", "category", "uint64", "instant", "decimal"], &[]);
    let sound = folder.put("a.parquet", whole).read(&["a.parquet"], &options);
    assert!(!sound.starts_with("a.parquet: "));
    let mut fewer = whole.to_vec();
    fewer[5301] = 0x65;
    let refused = folder.put("a.parquet", fewer).read(&["a.parquet"], &options);
    assert!(refused.starts_with("a.parquet: not a whole Parquet file: "), "{refused}");
    let mut refused = 0;
    for at in (4..whole.len()).step_by(3) {
        let mut bytes = whole.to_vec();
        bytes[at] = if at % 2 == 0 { 0xff } else { 1 };
        refused +=
            usize::from(folder.put("a.parquet", bytes).read(&["a.parquet"], &options).starts_with("a.parquet: "));
    }
    assert!(100 < refused, "{refused}");
}
