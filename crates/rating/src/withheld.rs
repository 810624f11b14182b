//! A row without what comes from sources that its reader may not see.
//!
//! A consent may leave sources out. A row of a table or a snapshot was computed from all of them, so what comes from those
//! is taken out at reading: the result is what [`features::compute`] gives for an enterprise that has not authorised them.
//! One thing differs: a figure beside the peers (`less_peer_median` and its kin) stays the one against all peers, for
//! what one reader may not see of an enterprise does not change what its neighbours are.

use crate::Error;
use crate::row::{FeatureRow, Figure, Text};
use chrono::NaiveDate;
use features::InputsDigest;
use features::catalogue::Catalogue;
use features::expression::Value;
use features::schema::{Source, sources};
use std::borrow::Cow;

/// Sources that are withheld, and what of a catalogue comes from them.
///
/// Made once for a consent, then used for any number of rows.
#[derive(Debug, Clone)]
pub struct Withholding {
    /// Ids of the sources, without repetition.
    sources: Vec<&'static str>,
    /// By feature: whether it reads one of them, and the days on which its definition is valid.
    features: Vec<Masked>,
    /// Facts in the order of the catalogue.
    facts: Vec<Fact>,
    /// Codes and sources of the entries of the negative list that read one of them.
    hits: Vec<(String, String)>,
    /// Whether the label comes from one of them.
    label: bool,
}

#[derive(Debug, Clone)]
struct Masked {
    is_withheld: bool,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
}

#[derive(Debug, Clone, Copy)]
struct Fact {
    of: Place,
    is_withheld: bool,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Text(Text),
    Figure(Figure),
}

impl Withholding {
    /// Finds what comes from sources.
    ///
    /// # Errors
    /// [`Error::Source`] for a source that is not known, and for one that is public: it needs no authorisation, so it can not
    /// be withheld.
    ///
    /// # Panics
    /// When the catalogue has a fact that is no column of [`Text`] or [`Figure`]; a test holds the built-in one to it.
    pub fn new<'a>(catalogue: &Catalogue, withheld: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut found: Vec<&'static str> = Vec::new();
        for id in withheld {
            let source = allowed(id)?;
            if !found.contains(&source.id.as_str()) {
                found.push(&source.id);
            }
        }
        let reads = |value: &Value| {
            let mut sets = value.aggregates().into_iter().flat_map(|a| &a.selections).map(|s| &s.set);
            sets.any(|set| catalogue.sets.get(set).is_some_and(|s| found.contains(&s.source.as_str())))
        };
        let masked: Vec<Masked> = catalogue
            .features
            .iter()
            .map(|f| Masked {
                is_withheld: f.sources.iter().any(|s| found.contains(&s.as_str())),
                valid_from: f.valid_from,
                valid_until: f.valid_until,
            })
            .collect();
        let fact = |f: &features::catalogue::Fact| Fact { of: place(&f.column), is_withheld: reads(&f.value) };
        let hit = |h: &&features::catalogue::Hit| {
            found.contains(&h.source.as_str()) || h.test.as_ref().is_some_and(|(value, _)| reads(value))
        };
        let label = catalogue.features.iter().position(|f| f.column == "specialised_level");
        Ok(Self {
            facts: catalogue.facts.iter().map(fact).collect(),
            hits: catalogue.hits.iter().filter(hit).map(|h| (h.code.clone(), h.source.clone())).collect(),
            label: label.is_some_and(|at| masked[at].is_withheld),
            features: masked,
            sources: found,
        })
    }

    /// The ids of the sources.
    pub fn sources(&self) -> &[&'static str] {
        &self.sources
    }

    /// Whether nothing is withheld.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// The states of a row: `n` where a source is withheld, but for definitions that are not valid on the day, which are `u`
    /// for everyone.
    fn states(&self, states: &str, as_of: Option<NaiveDate>) -> String {
        let letters = states.chars().enumerate().map(|(at, state)| match self.features.get(at) {
            Some(f) if f.is_withheld && as_of.is_none_or(|day| f.is_valid(day)) => 'n',
            Some(f) if f.is_withheld => 'u',
            _ => state,
        });
        letters.collect()
    }

    fn ages(&self, ages: &str) -> String {
        let said = ages.split(';').map(|age| match age.split_once(':') {
            Some((source, _)) if self.sources.contains(&source) => Cow::Owned(format!("{source}:!")),
            _ => Cow::Borrowed(age),
        });
        said.collect::<Vec<_>>().join(";")
    }

    /// The entries that are left; `None` where none is.
    fn hits(&self, hits: &str) -> Option<String> {
        let is_left = |hit: &&str| {
            let mut fields = hit.split('|');
            let (code, source) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
            !self.sources.contains(&source) && !self.hits.iter().any(|(c, s)| c == code && s == source)
        };
        let left: Vec<&str> = hits.split(';').filter(is_left).collect();
        (!left.is_empty()).then(|| left.join(";"))
    }
}

impl Masked {
    fn is_valid(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_until.is_none_or(|until| day <= until)
    }
}

/// The source of an id, if it may be withheld.
fn allowed(id: &str) -> Result<&'static Source, Error> {
    let refuse = |problem: String| Error::Source { id: id.to_owned(), problem };
    let source = sources().iter().find(|s| s.id == id).ok_or_else(|| {
        let known: Vec<&str> = sources().iter().filter(|s| !s.public).map(|s| s.id.as_str()).collect();
        refuse(format!("is not known; those that need authorisation: {}", known.join(", ")))
    })?;
    match source.public {
        true => Err(refuse("is public and needs no authorisation, so it can not be withheld".into())),
        false => Ok(source),
    }
}

fn place(column: &str) -> Place {
    let text = Text::ALL.into_iter().find(|t| t.column() == column).map(Place::Text);
    let figure = || Figure::ALL.into_iter().find(|f| f.column() == column).map(Place::Figure);
    text.or_else(figure).expect("every fact of the catalogue is a column of a row")
}

/// A row without what comes from withheld sources.
///
/// Its features are in state `n`, its ages `!`, its facts none; its hits are gone, and a rule of the negative list that
/// asks for them makes the enterprise not ratable (`source_withheld`). The digest of inputs ([`InputsDigest`], SHA-256) is of
/// what is left.
///
/// It is read by reference: `&Withheld` is the [`FeatureRow`], for the texts it makes are its own.
///
/// # Examples
/// ```
/// use features::catalogue::Catalogue;
/// use rating::{FeatureRow, Figure, Text, Withheld, Withholding};
///
/// struct Row;
/// impl FeatureRow<'static> for Row {
///     fn text(&self, column: Text) -> Option<&'static str> {
///         (column == Text::Sources).then_some("invoices:12;tax_returns:90")
///     }
///     fn figure(&self, _: Figure) -> f64 {
///         25.0
///     }
///     fn value(&self, _: usize) -> f64 {
///         1.0
///     }
/// }
///
/// let withholding = Withholding::new(&Catalogue::built_in(), ["tax_returns"])?;
/// let row = Withheld::new(Row, &withholding);
/// assert_eq!((&row).text(Text::Sources), Some("invoices:12;tax_returns:!"));
/// assert!((&row).figure(Figure::Revenue).is_nan() && (&row).figure(Figure::Staff) == 25.0);
/// assert!(Withholding::new(&Catalogue::built_in(), ["registry"]).is_err());
/// # Ok::<(), rating::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Withheld<'w, 't, R> {
    row: R,
    withholding: &'w Withholding,
    /// By place.
    texts: [Option<Cow<'t, str>>; Text::ALL.len()],
    figures: [f64; Figure::ALL.len()],
    /// Values of the reader's own, by the place of the feature.
    given: &'w [(usize, f64)],
}

impl<'w, 't, R: FeatureRow<'t>> Withheld<'w, 't, R> {
    /// Takes out of a row what is withheld. Nothing is changed where nothing is withheld.
    pub fn new(row: R, withholding: &'w Withholding) -> Self {
        let texts = Text::ALL.map(|t| row.text(t).map(Cow::Borrowed));
        let figures = Figure::ALL.map(|f| row.figure(f));
        let mut out = Self { row, withholding, texts, figures, given: &[] };
        if !withholding.is_empty() {
            out.take_out();
        }
        out
    }

    /// The same with values that the reader has of its own, in place of those of the row, also where their source is
    /// withheld; the digest of inputs is of them too.
    ///
    /// - `given`: places in the catalogue, each once, and finite values in the catalogue's units.
    ///
    /// # Panics
    /// When a place lies outside the row's states.
    #[must_use]
    pub fn with_given(mut self, given: &'w [(usize, f64)]) -> Self {
        self.given = given;
        if !given.is_empty() {
            let mut states = self.get(Text::States).unwrap_or_default().to_owned().into_bytes();
            given.iter().for_each(|(place, _)| states[*place] = b'.');
            let states = String::from_utf8_lossy(&states).into_owned();
            self.texts[Text::States as usize] = Some(Cow::Owned(states));
            self.texts[Text::InputsDigest as usize] = Some(Cow::Owned(self.digest()));
        }
        self
    }

    fn take_out(&mut self) {
        let withholding = self.withholding;
        for fact in withholding.facts.iter().filter(|f| f.is_withheld) {
            match fact.of {
                Place::Text(text) => self.texts[text as usize] = None,
                Place::Figure(figure) => self.figures[figure as usize] = f64::NAN,
            }
        }
        if withholding.label {
            self.texts[Text::Label as usize] = None;
        }
        let as_of = self.get(Text::AsOf).and_then(|t| t.parse().ok());
        let states = self.get(Text::States).map(|s| withholding.states(s, as_of));
        let ages = self.get(Text::Sources).map(|s| withholding.ages(s));
        let hits = self.get(Text::Hits).and_then(|h| withholding.hits(h));
        let group_hits = self.get(Text::GroupHits).and_then(|h| withholding.hits(h));
        for (text, made) in
            [(Text::States, states), (Text::Sources, ages), (Text::Hits, hits), (Text::GroupHits, group_hits)]
        {
            self.texts[text as usize] = made.map(Cow::Owned);
        }
        self.texts[Text::InputsDigest as usize] = Some(Cow::Owned(self.digest()));
    }

    /// The digest of what is left, as that of a table.
    fn digest(&self) -> String {
        let text = |t: Text| self.get(t).unwrap_or_default();
        let mut digest = InputsDigest::new(text(Text::CatalogueVersion), text(Text::AsOf), text(Text::EnterpriseId));
        for fact in &self.withholding.facts {
            match fact.of {
                Place::Text(t) => digest.text(self.get(t)),
                Place::Figure(f) => digest.number(self.figures[f as usize]),
            }
        }
        for t in [Text::GroupId, Text::Hits, Text::GroupHits, Text::Sources] {
            digest.text(self.get(t));
        }
        // A row with too many states is refused by whoever reads it, and has no value for them.
        for (at, state) in text(Text::States).bytes().take(self.withholding.features.len()).enumerate() {
            digest.feature(state, if state == b'.' { self.own(at) } else { f64::NAN });
        }
        digest.finish().to_string()
    }

    /// The value of a feature: the reader's, else the row's where it is not withheld.
    fn own(&self, feature: usize) -> f64 {
        if let Some((_, value)) = self.given.iter().find(|(place, _)| *place == feature) {
            return *value;
        }
        match self.withholding.features.get(feature) {
            Some(f) if f.is_withheld => f64::NAN,
            _ => self.row.value(feature),
        }
    }

    fn get(&self, column: Text) -> Option<&str> {
        self.texts[column as usize].as_deref()
    }
}

impl<'r, 't: 'r, R: FeatureRow<'t>> FeatureRow<'r> for &'r Withheld<'_, 't, R> {
    fn text(&self, column: Text) -> Option<&'r str> {
        let row: &'r Withheld<'_, 't, R> = self;
        row.get(column)
    }

    fn figure(&self, column: Figure) -> f64 {
        self.figures[column as usize]
    }

    fn value(&self, feature: usize) -> f64 {
        self.own(feature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_sources_that_are_not_public_are_withheld() {
        let catalogue = Catalogue::built_in();
        let refused = |id: &str| Withholding::new(&catalogue, [id]).expect_err("it is refused").to_string();
        for source in sources() {
            match source.public {
                true => assert!(refused(&source.id).contains("is public"), "{}", source.id),
                false => assert!(Withholding::new(&catalogue, [source.id.as_str()]).is_ok(), "{}", source.id),
            }
        }
        let unknown = refused("tax");
        assert!(
            unknown.starts_with("source \"tax\" is not known; those that need authorisation: bank_flows, complaints")
        );
        assert!(Withholding::new(&catalogue, []).is_ok_and(|w| w.is_empty()));
        let twice = Withholding::new(&catalogue, ["loans", "loans"]).expect("known");
        assert_eq!(twice.sources(), ["loans"]);
    }

    #[test]
    fn hits_and_ages_of_others_stay() {
        let w = Withholding::new(&Catalogue::built_in(), ["loans", "tax_status"]).expect("known");
        assert_eq!(
            w.hits("N04|tax_status|2025-01-01||;N05|registry|2025-01-01||revoked;N09|loans|2025-11-30||L1").as_deref(),
            Some("N05|registry|2025-01-01||revoked")
        );
        assert_eq!(w.hits("N09|loans|2025-11-30||L1"), None);
        assert_eq!(w.ages("invoices:12~;loans:3;tax_status:x"), "invoices:12~;loans:!;tax_status:!");
    }

    #[test]
    fn a_definition_that_is_not_valid_is_unknown_to_everyone() {
        let mut catalogue = Catalogue::built_in();
        let at = catalogue.features.iter().position(|f| f.sources == ["invoices"]).expect("a feature of invoices");
        catalogue.features[at].valid_from = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date");
        let w = Withholding::new(&catalogue, ["invoices"]).expect("known");
        let states = ".".repeat(catalogue.features.len());
        let on = |year| w.states(&states, NaiveDate::from_ymd_opt(year, 12, 31)).as_bytes()[at];
        assert_eq!((on(2025), on(2026)), (b'u', b'n'));
    }
}
