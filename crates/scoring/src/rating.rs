use crate::model_file::ReasonRule;

/// The answer for one row.
///
/// It is numbers only, so that rating a row allocates nothing; [`crate::Model`] turns the grade and
/// the reasons into names and words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rating {
    /// Sum of points: higher is safer.
    pub score: i32,
    /// Probability of default at that score; `None` where the model has no calibration.
    pub pd: Option<f64>,
    /// Index into the model's grades, `0` is the best.
    pub grade: usize,
    /// Where points were lost, most first.
    pub reasons: Reasons,
    /// Data coverage (数据覆盖度): share of the characteristics that are authorised, in 0..1.
    pub data_coverage: f64,
}

/// Points lost in one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// Index of the table in the model file.
    pub table: usize,
    /// Number of the bin in that table; for a pair, row times columns plus column.
    pub bin: usize,
    /// Points below the baseline, at least 1.
    pub points_lost: i32,
}

/// At most four reasons, most points lost first; equal losses stand in the order of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reasons {
    /// Packed as in [`pack`]; zero is none.
    pub(crate) keys: [i64; 4],
    /// Number of the model's last table.
    pub(crate) last_table: u16,
}

const TABLE_SHIFT: u32 = 12;
/// Points lost are the bits of a key from here on.
const LOST_SHIFT: u32 = 28;
/// Tables whose keys may be summed: their low parts add up to less than `1 << LOST_SHIFT`.
pub(crate) const TABLES_PER_SUM: usize = 255;
/// Points lost or gained, over all tables, that keep a sum of keys exact as `f64`.
pub(crate) const LOST_PER_SUM: i64 = 1 << (53 - LOST_SHIFT - 1);
/// Tables whose numbers fit a key.
pub(crate) const TABLES_MAX: usize = 1 << (LOST_SHIFT - TABLE_SHIFT);
/// Bins of a table whose numbers fit a key.
pub(crate) const CELLS_MAX: usize = 1 << TABLE_SHIFT;

/// Points lost in a bin as one integer: `points lost << 28 | (last table - table) << 12 | bin`.
///
/// The larger key is the greater loss and, on equal losses, the earlier table. A bin above the
/// baseline has a negative key, which is less than no reason at all. The batch kernel sums keys as
/// `f64`: with [`TABLES_PER_SUM`] tables the low parts add up to less than `1 << 28`, so the points
/// lost in all are the high part of the sum, see [`points_lost`].
pub(crate) fn pack(points_lost: i32, table: usize, last_table: usize, bin: usize) -> i64 {
    debug_assert!(table <= last_table && last_table < TABLES_MAX && bin < CELLS_MAX);
    (i64::from(points_lost) << LOST_SHIFT) | ((last_table - table) as i64) << TABLE_SHIFT | bin as i64
}

/// Points lost in all, less those gained, from a key or a sum of keys.
#[inline]
pub(crate) fn points_lost(key: i64) -> i64 {
    key >> LOST_SHIFT
}

impl Reasons {
    /// No reason yet, for a model whose last table has this number.
    pub(crate) fn none(last_table: usize) -> Self {
        Self { keys: [0; 4], last_table: last_table as u16 }
    }

    /// Adds a key if it is among the four largest.
    #[inline]
    pub(crate) fn offer(&mut self, key: i64) {
        if key <= self.keys[3] {
            return;
        }
        self.keys[3] = key;
        for i in (0..3).rev() {
            if self.keys[i + 1] <= self.keys[i] {
                break;
            }
            self.keys.swap(i, i + 1);
        }
    }

    /// Drops what lost nothing and what is over the limit.
    #[inline]
    pub(crate) fn keep(&mut self, rule: ReasonRule) {
        for (i, key) in self.keys.iter_mut().enumerate() {
            if i >= usize::from(rule.limit) || *key < 1 << LOST_SHIFT {
                *key = 0;
            }
        }
    }

    /// The reasons in order.
    pub fn iter(&self) -> impl Iterator<Item = Reason> + '_ {
        self.keys.iter().take_while(|&&k| k != 0).map(|&k| Reason {
            table: usize::from(self.last_table) - ((k >> TABLE_SHIFT) as usize & (TABLES_MAX - 1)),
            bin: k as usize & (CELLS_MAX - 1),
            points_lost: (k >> LOST_SHIFT) as i32,
        })
    }

    /// Number of reasons, in 0..=4.
    pub fn len(&self) -> usize {
        self.keys.iter().take_while(|&&k| k != 0).count()
    }

    /// Whether no point was lost.
    pub fn is_empty(&self) -> bool {
        self.keys[0] == 0
    }
}
