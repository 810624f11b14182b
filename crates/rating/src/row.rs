//! What stands in a row of features, wherever the row is: a table, a snapshot, memory.

/// The columns of texts of a table of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the columns, which the README explains")]
pub enum Text {
    EnterpriseId,
    AsOf,
    CatalogueVersion,
    InputsDigest,
    Name,
    Kind,
    Status,
    Industry,
    District,
    Zone,
    EstablishedOn,
    Label,
    GroupId,
    Hits,
    GroupHits,
    Sources,
    States,
}

impl Text {
    /// All of them, in order.
    pub const ALL: [Self; 17] = [
        Self::EnterpriseId,
        Self::AsOf,
        Self::CatalogueVersion,
        Self::InputsDigest,
        Self::Name,
        Self::Kind,
        Self::Status,
        Self::Industry,
        Self::District,
        Self::Zone,
        Self::EstablishedOn,
        Self::Label,
        Self::GroupId,
        Self::Hits,
        Self::GroupHits,
        Self::Sources,
        Self::States,
    ];

    /// Its name in the table.
    pub fn column(self) -> &'static str {
        match self {
            Self::EnterpriseId => "enterprise_id",
            Self::AsOf => "as_of",
            Self::CatalogueVersion => "catalogue_version",
            Self::InputsDigest => "inputs_digest",
            Self::Name => "fact_name",
            Self::Kind => "fact_kind",
            Self::Status => "fact_status",
            Self::Industry => "fact_industry",
            Self::District => "fact_district",
            Self::Zone => "fact_zone",
            Self::EstablishedOn => "fact_established_on",
            Self::Label => "fact_label",
            Self::GroupId => "group_id",
            Self::Hits => "hits",
            Self::GroupHits => "group_hits",
            Self::Sources => "sources",
            Self::States => "states",
        }
    }
}

/// The columns of numbers that are no features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the columns, which the README explains")]
pub enum Figure {
    Staff,
    Revenue,
    Assets,
    GroupSize,
}

impl Figure {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Staff, Self::Revenue, Self::Assets, Self::GroupSize];

    /// Its name in the table.
    pub fn column(self) -> &'static str {
        match self {
            Self::Staff => "fact_staff",
            Self::Revenue => "fact_revenue",
            Self::Assets => "fact_assets",
            Self::GroupSize => "group_size",
        }
    }
}

/// A row of features.
pub trait FeatureRow<'t> {
    /// A text; `None` where there is none.
    fn text(&self, column: Text) -> Option<&'t str>;
    /// A number that is no feature; NaN where there is none.
    fn figure(&self, column: Figure) -> f64;
    /// The value of the feature at that place of the catalogue; of no meaning where its state is not that of a value.
    fn value(&self, feature: usize) -> f64;
}
