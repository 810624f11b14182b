//! Who made a model: those do not review it.

use crate::model_file::ModelFile;

/// Whether two names are of one person, for all that can be seen: blanks and the case of letters do not count.
pub fn is_same_person(a: &str, b: &str) -> bool {
    let plain = |name: &str| name.split_whitespace().collect::<String>().to_lowercase();
    plain(a) == plain(b)
}

impl ModelFile {
    /// The one of its author and of those who edited it by hand whose name this is, for all that can be seen; who made a
    /// model does not review it.
    ///
    /// # Examples
    /// ```
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/commercial-value/1/model.json"));
    /// # let mut file = scoring::Model::from_json(text.as_bytes())?.file().clone();
    /// file.card.author = "Li Lei".into();
    /// assert_eq!(file.maker("lilei"), Some("Li Lei"));
    /// assert_eq!(file.maker("Han Meimei"), None);
    /// # Ok::<_, scoring::Error>(())
    /// ```
    pub fn maker(&self, name: &str) -> Option<&str> {
        let edited = self.edits.iter().filter(|e| e.of.is_some()).map(|e| e.who.as_str());
        [self.card.author.as_str()].into_iter().chain(edited).find(|maker| is_same_person(maker, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_blanks_or_case_are_one_person() {
        for (a, b, same) in [("张 三", "张三", true), ("Shangzhi", "shang zhi", true), ("张三", "李四", false)]
        {
            assert_eq!(is_same_person(a, b), same, "{a} {b}");
        }
    }
}
