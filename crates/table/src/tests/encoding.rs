use super::Folder;
use crate::ReadOptions;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

#[track_caller]
fn check(name: &str, bytes: impl AsRef<[u8]>, expect: &str) {
    let folder = Folder::new();
    assert_eq!(folder.put(name, bytes).read(&[name], &ReadOptions::default()), expect);
}

const TEXT: &str = "企业,营业收入\n甲厂,100\n乙店,€\n";
const TABLE: &str = "企业 $ 甲厂 乙店\n营业收入 $ 100 €";

fn gb18030(text: &str) -> Vec<u8> {
    let (bytes, _, failed) = encoding_rs::GB18030.encode(text);
    assert!(!failed);
    bytes.into_owned()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[test]
fn utf8_and_gb18030() {
    check("a.csv", TEXT, TABLE);
    check("a.csv", format!("\u{feff}{TEXT}"), TABLE);
    check("a.csv", gb18030(TEXT), TABLE);
    // Characters of four bytes exist in GB18030 alone, not in GBK.
    check("a.csv", gb18030("x\n㐂𠮷\n"), "x $ 㐂𠮷");
    let long = format!("企业,x\n{}", "乙店,1\n".repeat(20_000));
    let folder = Folder::new();
    folder.put("u.csv", &long).put("g.csv", gb18030(&long));
    let read = |name| folder.read(&[name], &ReadOptions::default());
    assert_eq!(read("u.csv"), read("g.csv"));
}

#[test]
fn other_bytes_are_refused() {
    check("a.csv", b"x\nab\n\xff\n", "a.csv: byte 5 (line 3) is neither UTF-8 nor GB18030");
    check("a.csv", b"\xef\xbb\xbfx\nab\n\xd5\xfd\n", "a.csv: byte 8 (line 3) is neither UTF-8 nor GB18030");
    check("a.csv", b"\xff\xfex\0\n\0", "a.csv: byte 0 (line 1) is neither UTF-8 nor GB18030");
    // A file cut inside a character would be other characters in GB18030.
    let cut = &TEXT.as_bytes()[..TEXT.len() - 2];
    check("a.csv", cut, "a.csv: byte 38 (line 3) is neither UTF-8 nor GB18030");
    check("a.csv", gz(TEXT.as_bytes()), "a.csv: byte 1 (line 1) is neither UTF-8 nor GB18030");
}

#[test]
fn gzip() {
    let whole = gz(TEXT.as_bytes());
    check("a.csv.gz", &whole, TABLE);
    check("A.CSV.GZ", gz(&gb18030(TEXT)), TABLE);
    let (head, tail) = TEXT.as_bytes().split_at(20);
    check("a.csv.gz", [gz(head), gz(tail)].concat(), TABLE);
    for end in [1, 9, whole.len() / 2, whole.len() - 1] {
        check("a.csv.gz", &whole[..end], "a.csv.gz: not a whole gzip file");
    }
    let mut changed = whole.clone();
    let checksum = changed.len() - 8;
    changed[checksum] ^= 1;
    check("a.csv.gz", &changed, "a.csv.gz: not a whole gzip file");
    check("a.csv.gz", TEXT, "a.csv.gz: not a whole gzip file");
    check("a.csv.gz", gz(b""), "a.csv.gz: the file is empty");
    check("a.csv.gz", gz(b"x\nab\n\xff\n"), "a.csv.gz: byte 5 (line 3) is neither UTF-8 nor GB18030");
}
