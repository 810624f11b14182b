//! The numbers that decide who defaults and what shows of it, in one file. Levels that say nothing about health
//! (how large a fine is, how long a case takes) stand where they are used.
//!
//! They were written down before any expert card, from what is commonly known of small firms; none was fitted to a
//! data set. They say how often something happens and how strongly a hidden state moves it, never which feature is to
//! rank which enterprise. Their strength was then set with some seventy rough features, none of the catalogue's own, to
//! these targets: one to five firms of a hundred default in a year; no single feature ranks the defaults of the next
//! twelve months better than an AUC of 0.72; all together reach about 0.78 out of time. Seeds 11 to 13, 21 to 26 and 31
//! to 35 were looked at for that, so they are not unseen.
//!
//! Words: a *factor* is a hidden state of a firm with mean 0 and variance 1, higher is healthier; a *loading* is the
//! change in log-odds (or log-rate) for one unit of the factor in the bad direction.

use crate::path::Sign;

/// Months that the hidden states run before the first month of records.
pub(crate) const BURN_IN: i32 = 24;
/// Enterprises of one block, the unit of parallel work; a multiple of three, for rings are of three.
pub(crate) const BLOCK: u64 = 192;

// --- Factors -------------------------------------------------------------------------------------------------------

/// Share of a factor that is left after a month: demand, liquidity, governance, owner's conduct.
pub(crate) const PERSISTENCE: [f64; 4] = [0.974, 0.972, 0.988, 0.985];
/// Share of the variance of the owner's conduct that firms under one controller have in common.
pub(crate) const OWNER_COMMON: f64 = 0.5;
/// Standard deviation of a year's effect on log-hazard and, with the other sign, on demand.
pub(crate) const YEAR_SD: f64 = 0.18;
/// Standard deviation of an industry's effect in a year on demand.
pub(crate) const INDUSTRY_YEAR_SD: f64 = 0.25;

// --- Distress and default ------------------------------------------------------------------------------------------

/// Monthly log-hazard of a spell of distress when everything is average.
pub(crate) const DISTRESS_BASE: f64 = -8.05;
/// Loadings of the four factors on that hazard.
pub(crate) const DISTRESS_LOADING: [f64; 4] = [1.06, 1.12, 1.02, 0.94];
/// Loadings of lasting traits: leverage, concentration of customers, lack of quality.
pub(crate) const TRAIT_LOADING: [f64; 3] = [0.56, 0.38, 0.42];
/// Log-hazard falls by this for each doubling of age, from one year to sixteen.
pub(crate) const AGE_LOADING: f64 = 0.17;
/// Log-hazard falls by this for each tenfold of sales against the median.
pub(crate) const SIZE_LOADING: f64 = 0.28;
/// A distressed firm defaults in a month with this probability,
pub(crate) const DISTRESS_DEFAULT: f64 = 0.046;
/// or recovers.
pub(crate) const DISTRESS_RECOVERY: f64 = 0.060;
/// Monthly probability of a default that nothing foretold: fire, death, a guarantee for someone else.
pub(crate) const SUDDEN_DEFAULT: f64 = 0.00024;
/// Months until the signs of distress are at their full strength.
pub(crate) const DISTRESS_RAMP: f64 = 4.0;
/// Probability that a spell shows in a given class of signs at all.
pub(crate) const SIGN_VISIBLE: f64 = 0.60;
/// Yearly probability that a healthy firm closes and deregisters without owing anyone.
pub(crate) const CLOSING_YEARLY: f64 = 0.018;

// --- Firms ---------------------------------------------------------------------------------------------------------

/// Median and log standard deviation of yearly sales in yuan.
pub(crate) const SALES_MEDIAN: f64 = 2_400_000.0;
pub(crate) const SALES_LOG_SD: f64 = 1.25;
/// Share of firms in the Pareto tail, where it begins and its exponent.
pub(crate) const TAIL_SHARE: f64 = 0.03;
pub(crate) const TAIL_FROM: f64 = 15_000_000.0;
pub(crate) const TAIL_EXPONENT: f64 = 1.15;
/// No firm sells more in a year.
pub(crate) const SALES_MOST: f64 = 3_000_000_000.0;
/// Share of firms founded within the months of records, for each year of them.
pub(crate) const FOUNDED_YEARLY: f64 = 0.045;
/// Mean age in years of the others at the first month.
pub(crate) const AGE_MEAN: f64 = 8.0;
/// Share of firms that belong to the controller of another one.
pub(crate) const CONTROLLED_SHARE: f64 = 0.16;

// --- Sales ---------------------------------------------------------------------------------------------------------

/// Log-sales move by this for one unit of demand.
pub(crate) const DEMAND_TO_SALES: f64 = 0.22;
/// Lowest and highest monthly noise of log-sales.
pub(crate) const SALES_NOISE: [f64; 2] = [0.14, 0.55];
/// Log-sales fall by this much at full distress, where it shows in sales.
pub(crate) const DISTRESS_SALES: [f64; 2] = [0.20, 0.85];
/// Share of firms that stop selling within months of default; the others fade.
pub(crate) const STOPS_AFTER_DEFAULT: f64 = 0.45;

// --- What is not what it seems -------------------------------------------------------------------------------------

/// Share of groups of three neighbours that invoice in a ring.
pub(crate) const RING_SHARE: f64 = 0.010;
/// Share of firms that blow up their sales before they apply for credit, and of shells.
pub(crate) const BLOWN_UP_SHARE: f64 = 0.012;
pub(crate) const SHELL_SHARE: f64 = 0.010;
/// Log-hazard of distress of ring members, of firms that blew up their sales, of shells.
pub(crate) const ARCHETYPE_HAZARD: [f64; 3] = [1.2, 1.6, 1.4];
/// Ring invoices in the first month as a share of a month's sales, and their monthly growth.
pub(crate) const RING_START: f64 = 0.15;
pub(crate) const RING_GROWTH: f64 = 0.06;
/// Sales are multiplied by up to so much before an application.
pub(crate) const BLOW_UP: [f64; 2] = [1.8, 4.0];

// --- Trade ---------------------------------------------------------------------------------------------------------

/// Slots of customers among the city's own enterprises, and how often one is filled.
pub(crate) const PAIR_SLOTS: u64 = 4;
pub(crate) const PAIR_FILLED: f64 = 0.65;
/// Share of the smaller side's month that goes through one such relation.
pub(crate) const PAIR_VOLUME: [f64; 2] = [0.03, 0.14];
/// Mean months that a customer or supplier outside the city stays.
pub(crate) const PARTNER_MONTHS: f64 = 22.0;

// --- Records -------------------------------------------------------------------------------------------------------

/// Share of records that come very late, in `LATE_DAYS` more than usual.
pub(crate) const LATE_SHARE: f64 = 0.015;
pub(crate) const LATE_DAYS: [i32; 2] = [40, 200];
/// Share of monthly records that came wrong first and were corrected `CORRECTED_DAYS` later.
pub(crate) const CORRECTED_SHARE: f64 = 0.012;
pub(crate) const CORRECTED_DAYS: [i32; 2] = [10, 120];
/// Share of records without a known time where a source usually gives one.
pub(crate) const UNKNOWN_TIME_SHARE: f64 = 0.01;
/// Share of rows that are delivered twice, byte for byte.
pub(crate) const REDELIVERED_SHARE: f64 = 0.006;
/// Share of rows that are delivered with a fault when the city is dirty,
pub(crate) const FAULT_SHARE: f64 = 0.012;
/// and how often the right row is delivered as well. The registry always delivers it.
pub(crate) const FAULT_REPAIRED: f64 = 0.7;

// --- Signs ---------------------------------------------------------------------------------------------------------

/// How hidden states move what happens in a month: the sum is added to the log-odds or the log-rate of an event.
#[derive(Debug)]
pub(crate) struct Moved {
    /// Loadings of demand, liquidity, governance, conduct of the owner, and how many months late each works.
    pub(crate) factors: [(f64, i32); 4],
    /// Weight of distress at full strength, where it shows in this class of signs, and its delay in months.
    pub(crate) distress: Option<(Sign, f64, i32)>,
    /// Added after a default, for so many months.
    pub(crate) fallen: (f64, i32),
}

/// An event that comes with a probability.
pub(crate) struct Odds {
    /// Log-odds in a month, or for one filing or invoice, when everything is average.
    pub(crate) base: f64,
    pub(crate) moved: Moved,
}

/// An event that comes at a rate.
pub(crate) struct Rate {
    /// Events of a month when everything is average.
    pub(crate) monthly: f64,
    pub(crate) moved: Moved,
}

const FOR_GOOD: i32 = 10_000;
const NO: (f64, i32) = (0.0, 0);

const fn odds(base: f64, factors: [(f64, i32); 4], distress: Option<(Sign, f64, i32)>, fallen: f64) -> Odds {
    Odds { base, moved: Moved { factors, distress, fallen: (fallen, FOR_GOOD) } }
}

const fn rate(monthly: f64, factors: [(f64, i32); 4], distress: Option<(Sign, f64, i32)>, fallen: (f64, i32)) -> Rate {
    Rate { monthly, moved: Moved { factors, distress, fallen } }
}

// Tax: a filing that is late, a payment that falls short, arrears that begin.
pub(crate) const LATE_FILING: Odds = odds(-2.9, [NO, (0.20, 1), (0.95, 0), NO], Some((Sign::Filings, 1.3, 0)), 2.2);
pub(crate) const SHORT_PAYMENT: Odds = odds(-3.6, [NO, (0.90, 1), NO, NO], Some((Sign::Arrears, 1.3, 1)), 2.2);
pub(crate) const TAX_ARREARS: Odds = odds(-4.8, [NO, (0.90, 1), NO, NO], Some((Sign::Arrears, 1.4, 0)), 2.4);
/// The grade of a year: weights of governance, liquidity and of what nobody knows, in normal units.
pub(crate) const TAX_GRADE: [f64; 3] = [0.70, 0.30, 0.70];
/// Normal units above which the grade is A, B, C.
pub(crate) const TAX_GRADE_FROM: [f64; 3] = [0.95, -1.05, -2.1];

// Labour: contributions left open or paid late, the housing fund left out.
pub(crate) const UNPAID_INSURANCE: Odds =
    odds(-3.8, [NO, (0.95, 2), (0.15, 0), NO], Some((Sign::Insurance, 1.4, 0)), 2.5);
pub(crate) const LATE_INSURANCE: Odds = odds(-2.8, [NO, (0.25, 2), (0.48, 0), NO], None, 0.0);
pub(crate) const FUND_LEFT_OUT: Odds = odds(-4.2, [NO, (0.70, 2), NO, NO], None, 2.5);
/// Log-staff follows demand three months late and falls in distress.
pub(crate) const STAFF_TO_DEMAND: f64 = 0.13;
pub(crate) const STAFF_IN_DISTRESS: f64 = 0.35;

// Utilities: a bill left open, days without power; log-usage beside that of sales.
pub(crate) const OPEN_BILL: Odds = odds(-3.8, [NO, (0.90, 1), NO, NO], Some((Sign::Arrears, 1.2, 0)), 2.5);
pub(crate) const POWER_STOPPED: Odds = odds(-4.4, [(0.50, 0), NO, NO, NO], None, 0.0);
pub(crate) const POWER_TO_DEMAND: f64 = 0.10;
pub(crate) const POWER_IN_DISTRESS: f64 = 0.60;

// Courts. What makes creditors sue, months later, and how often: over contracts, loans, in enforcement.
pub(crate) const SUED: Moved =
    Moved { factors: [NO, (0.65, 5), (0.70, 4), NO], distress: Some((Sign::Courts, 1.4, 2)), fallen: (2.6, 20) };
pub(crate) const SUED_MONTHLY: [f64; 3] = [0.0075, 0.0018, 0.0028];
/// Cases as a plaintiff say nothing.
pub(crate) const SUES_MONTHLY: f64 = 0.0055;
pub(crate) const LABOUR_CASE: Rate =
    rate(0.0045, [NO, (0.20, 5), (0.65, 4), NO], Some((Sign::Courts, 0.8, 2)), (1.56, 20));
pub(crate) const RIGHTS_CASE: Rate = rate(0.0005, [NO, NO, NO, (0.20, 2)], None, NO);
pub(crate) const FALSE_INVOICING_CASE: Rate = rate(0.00003, [NO, NO, NO, (0.50, 2)], None, NO);
pub(crate) const FRAUD_CASE: Rate = rate(0.00002, [NO, NO, NO, (0.50, 2)], None, (2.6, 20));
pub(crate) const PLEDGE: Rate = rate(0.0024, [NO, (0.60, 1), NO, (0.75, 0)], None, NO);
pub(crate) const FREEZE: Rate = rate(0.0004, [NO, (0.40, 6), NO, NO], Some((Sign::Courts, 1.2, 3)), (3.2, 18));

// Offices: penalties by field (environment and safety for those who make or build, and for others), complaints.
pub(crate) const PENALISED: Moved = Moved { factors: [NO, NO, (0.75, 1), (0.20, 0)], distress: None, fallen: NO };
pub(crate) const PENALTIES_MONTHLY: [f64; 4] = [0.0036, 0.0008, 0.0026, 0.0010];
pub(crate) const PENALTIES_OF_MAKERS: [f64; 2] = [0.0030, 0.0020];
pub(crate) const PENALTIES_OF_OTHERS: f64 = 0.0003;
pub(crate) const LABOUR_PENALTY: Rate = rate(0.0018, [NO, (0.30, 3), NO, NO], Some((Sign::Insurance, 0.7, 2)), NO);
pub(crate) const LATE_PAYMENT_COMPLAINT: Rate =
    rate(0.0045, [NO, (0.80, 2), NO, NO], Some((Sign::Arrears, 1.1, 1)), (2.0, 18));
/// Complaints of consumers: of firms that serve them, of others.
pub(crate) const CONSUMER_COMPLAINTS: [f64; 2] = [0.02, 0.0015];
pub(crate) const CONSUMER_COMPLAINT: Moved = Moved { factors: [NO, NO, (0.25, 0), NO], distress: None, fallen: NO };

// Lists. Abnormal operation: no annual report (in July), not found at the address (in a month), as log-odds.
pub(crate) const ABNORMAL: [f64; 2] = [-3.5, -6.9];
pub(crate) const ABNORMAL_MOVED: Moved =
    Moved { factors: [NO, NO, (0.60, 0), (0.45, 0)], distress: Some((Sign::Registry, 0.8, 0)), fallen: NO };
/// Added once the firm is silent or fallen, and for a shell that has no one at its address.
pub(crate) const ABNORMAL_GONE: f64 = 2.3;
pub(crate) const ABNORMAL_SHELL: f64 = 1.4;
/// Shares of fallen firms that are listed: dishonest, serious, controller dishonest, wages.
pub(crate) const LISTED_AFTER_DEFAULT: [f64; 4] = [0.38, 0.06, 0.15, 0.08];
pub(crate) const DISHONEST: Rate = rate(0.00022, [NO, (0.40, 4), NO, (0.30, 1)], None, NO);
pub(crate) const SERIOUS: Rate = rate(0.00005, [NO, NO, (0.50, 0), NO], None, NO);
pub(crate) const TAX_MAJOR: Rate = rate(0.00006, [NO, NO, (0.40, 0), NO], None, NO);
pub(crate) const FALSE_INVOICING: Rate = rate(0.00004, [NO, NO, NO, (0.40, 1)], None, NO);
pub(crate) const WAGE_ARREARS: Rate = rate(0.00012, [NO, (0.45, 4), NO, NO], None, NO);
/// Of those who make, build or dig; a fifth as often elsewhere.
pub(crate) const ACCIDENT: Rate = rate(0.00010, [NO, NO, (0.40, 0), NO], None, NO);
pub(crate) const FUND_FRAUD: Rate = rate(0.00002, [NO, NO, NO, (0.40, 1)], None, NO);
pub(crate) const CONTROLLER_DISHONEST: Rate = rate(0.00018, [NO, NO, NO, (0.45, 1)], None, NO);
/// Added to the log-rate of lists and cases for rings, blown-up sales and shells.
pub(crate) const SHADY: f64 = 2.6;

// Registry: changes of representative, shareholders, address, scope, officers, capital, name.
pub(crate) const CHANGES: [Rate; 7] = [
    rate(0.0085, [NO, NO, NO, (0.90, 0)], Some((Sign::Registry, 1.1, 0)), NO),
    rate(0.0130, [NO, NO, NO, (0.80, 0)], Some((Sign::Registry, 0.8, 0)), NO),
    rate(0.0070, [NO, NO, (0.15, 0), (0.15, 0)], None, NO),
    rate(0.0075, [NO; 4], None, NO),
    rate(0.0170, [NO, NO, NO, (0.75, 0)], Some((Sign::Registry, 0.5, 0)), NO),
    rate(0.0025, [NO; 4], None, NO),
    rate(0.0008, [NO; 4], None, NO),
];

// Banks: a month's payment missed, queries of borrowers and of others.
pub(crate) const OVERDUE: Odds = odds(-3.7, [NO, (0.90, 0), NO, NO], Some((Sign::Bank, 1.3, 0)), 0.0);
pub(crate) const QUERIES_MONTHLY: [f64; 2] = [0.075, 0.018];
/// Queries run a month ahead of the need that causes them.
pub(crate) const QUERIED: Moved =
    Moved { factors: [NO, (0.50, -1), NO, (0.60, 0)], distress: Some((Sign::Bank, 0.9, 0)), fallen: NO };
/// Log-balance: loading of liquidity, noise, fall in distress.
pub(crate) const BALANCE: [f64; 3] = [0.46, 0.30, 0.7];

// Invoices: a round amount, the last three days of a month, voided, reversed.
pub(crate) const ROUND_AMOUNT: Odds = odds(-2.9, [NO, NO, NO, (0.55, 0)], None, 0.0);
pub(crate) const MONTH_END: Odds = odds(-2.6, [NO, NO, NO, (0.35, 0)], None, 0.0);
pub(crate) const VOIDED: Rate = rate(0.022, [NO, NO, NO, (0.55, 0)], None, NO);
pub(crate) const REVERSED: Rate = rate(0.014, [(0.25, 0), NO, NO, (0.55, 0)], None, NO);

// Books of a year. Profit for a yuan of sales: level, demand, quality, noise, distress.
pub(crate) const PROFIT: [f64; 5] = [0.045, 0.042, 0.012, 0.045, 0.06];
/// Debt for a yuan of assets: level, leverage, liquidity, noise, distress.
pub(crate) const DEBT: [f64; 5] = [0.52, 0.10, 0.060, 0.09, 0.06];
/// Log-days of receivables fall with liquidity, of stocks with demand; each with this noise.
pub(crate) const RECEIVABLES_TO_LIQUIDITY: f64 = 0.26;
pub(crate) const STOCKS_TO_DEMAND: f64 = 0.26;
pub(crate) const DAYS_NOISE: f64 = 0.3;
/// Log-cash: loading of liquidity, noise.
pub(crate) const CASH: [f64; 2] = [0.40, 0.5];
/// A right pledged or sold, once in its life.
pub(crate) const RIGHT_ENCUMBERED: Rate = rate(0.025, [NO, (0.45, 0), NO, (0.35, 0)], None, NO);

// --- Industries ----------------------------------------------------------------------------------------------------

/// What is particular to an industry of GB/T 4754-2017.
pub(crate) struct Industry {
    /// Class code with the letter of its section.
    pub(crate) code: &'static str,
    /// Word for the names of its firms.
    pub(crate) word: &'static str,
    /// Share of firms.
    pub(crate) weight: f64,
    /// Gross margin.
    pub(crate) margin: f64,
    /// Log-hazard of distress against the average.
    pub(crate) hazard: f64,
    /// Fall of log-sales in the month of the Spring Festival; negative is a rise.
    pub(crate) festival: f64,
    /// Electricity in yuan for a yuan of sales.
    pub(crate) power: f64,
    /// Staff for a million yuan of sales at the median size.
    pub(crate) staff: f64,
    /// Share of sales outside the city.
    pub(crate) outside: f64,
    /// Research and development for a yuan of sales.
    pub(crate) research: f64,
    /// Rate of value-added tax in percent.
    pub(crate) vat: i64,
    /// Gas or much water is used.
    pub(crate) gas: bool,
    /// First digits of the goods codes of sales.
    pub(crate) goods: u32,
}

#[rustfmt::skip]
pub(crate) const INDUSTRIES: [Industry; 20] = [
    Industry { code: "A0141", word: "生态农业", weight: 0.04, margin: 0.22, hazard: 0.10, festival: -0.10, power: 0.008, staff: 2.2, outside: 0.25, research: 0.002, vat: 9, gas: false, goods: 101 },
    Industry { code: "C1391", word: "食品加工", weight: 0.05, margin: 0.20, hazard: 0.00, festival: 0.25, power: 0.018, staff: 1.6, outside: 0.35, research: 0.006, vat: 13, gas: true, goods: 103 },
    Industry { code: "C1810", word: "服装", weight: 0.02, margin: 0.18, hazard: 0.25, festival: 0.45, power: 0.012, staff: 3.0, outside: 0.45, research: 0.004, vat: 13, gas: false, goods: 104 },
    Industry { code: "C2922", word: "塑料制品", weight: 0.03, margin: 0.17, hazard: 0.10, festival: 0.50, power: 0.040, staff: 1.4, outside: 0.40, research: 0.012, vat: 13, gas: false, goods: 107 },
    Industry { code: "C3311", word: "金属结构", weight: 0.04, margin: 0.16, hazard: 0.15, festival: 0.50, power: 0.030, staff: 1.3, outside: 0.40, research: 0.010, vat: 13, gas: true, goods: 108 },
    Industry { code: "C3484", word: "精密机械", weight: 0.05, margin: 0.22, hazard: -0.15, festival: 0.45, power: 0.022, staff: 1.5, outside: 0.50, research: 0.030, vat: 13, gas: false, goods: 109 },
    Industry { code: "C3670", word: "汽车零部件", weight: 0.07, margin: 0.18, hazard: -0.05, festival: 0.40, power: 0.025, staff: 1.3, outside: 0.55, research: 0.028, vat: 13, gas: true, goods: 109 },
    Industry { code: "C3752", word: "摩托车配件", weight: 0.04, margin: 0.16, hazard: 0.05, festival: 0.45, power: 0.022, staff: 1.4, outside: 0.50, research: 0.018, vat: 13, gas: false, goods: 109 },
    Industry { code: "C3971", word: "电子器件", weight: 0.04, margin: 0.21, hazard: -0.20, festival: 0.35, power: 0.020, staff: 1.3, outside: 0.65, research: 0.042, vat: 13, gas: false, goods: 109 },
    Industry { code: "E4720", word: "房屋建筑", weight: 0.06, margin: 0.12, hazard: 0.35, festival: 0.65, power: 0.005, staff: 1.2, outside: 0.20, research: 0.004, vat: 9, gas: false, goods: 305 },
    Industry { code: "E5011", word: "装饰工程", weight: 0.05, margin: 0.18, hazard: 0.40, festival: 0.60, power: 0.004, staff: 1.5, outside: 0.15, research: 0.003, vat: 9, gas: false, goods: 305 },
    Industry { code: "F5123", word: "商贸", weight: 0.09, margin: 0.10, hazard: 0.10, festival: -0.05, power: 0.003, staff: 0.6, outside: 0.35, research: 0.001, vat: 13, gas: false, goods: 103 },
    Industry { code: "F5164", word: "金属材料", weight: 0.06, margin: 0.06, hazard: 0.15, festival: 0.40, power: 0.002, staff: 0.3, outside: 0.45, research: 0.001, vat: 13, gas: false, goods: 108 },
    Industry { code: "F5211", word: "百货", weight: 0.06, margin: 0.16, hazard: 0.15, festival: -0.30, power: 0.012, staff: 1.2, outside: 0.08, research: 0.000, vat: 13, gas: false, goods: 106 },
    Industry { code: "G5431", word: "物流", weight: 0.05, margin: 0.12, hazard: 0.10, festival: 0.35, power: 0.006, staff: 1.3, outside: 0.45, research: 0.002, vat: 9, gas: false, goods: 301 },
    Industry { code: "H6210", word: "餐饮", weight: 0.06, margin: 0.42, hazard: 0.50, festival: -0.15, power: 0.035, staff: 4.0, outside: 0.03, research: 0.000, vat: 6, gas: true, goods: 307 },
    Industry { code: "I6513", word: "软件", weight: 0.06, margin: 0.55, hazard: -0.35, festival: 0.25, power: 0.006, staff: 3.2, outside: 0.50, research: 0.110, vat: 6, gas: false, goods: 304 },
    Industry { code: "L7249", word: "商务服务", weight: 0.06, margin: 0.38, hazard: 0.10, festival: 0.25, power: 0.006, staff: 2.6, outside: 0.20, research: 0.004, vat: 6, gas: false, goods: 304 },
    Industry { code: "M7320", word: "工程技术", weight: 0.04, margin: 0.36, hazard: -0.25, festival: 0.30, power: 0.008, staff: 2.2, outside: 0.30, research: 0.060, vat: 6, gas: false, goods: 304 },
    Industry { code: "O8111", word: "汽车维修", weight: 0.03, margin: 0.34, hazard: 0.15, festival: 0.05, power: 0.012, staff: 2.6, outside: 0.04, research: 0.000, vat: 13, gas: false, goods: 202 },
];

// --- Places --------------------------------------------------------------------------------------------------------

/// Regions of Chongqing until 2025-11-06 (GB/T 2260) with their share of firms in thousandths.
#[rustfmt::skip]
pub(crate) const DISTRICTS: [(u32, u32); 38] = [
    (500_101, 40), (500_102, 34), (500_103, 62), (500_104, 22), (500_105, 70), (500_106, 64), (500_107, 84), (500_108, 62),
    (500_109, 40), (500_110, 22), (500_111, 26), (500_112, 104), (500_113, 54), (500_114, 12), (500_115, 22), (500_116, 40),
    (500_117, 30), (500_118, 30), (500_119, 16), (500_120, 30), (500_151, 20), (500_152, 16), (500_153, 20), (500_154, 22),
    (500_155, 14), (500_156, 8), (500_229, 3), (500_230, 8), (500_231, 14), (500_233, 12), (500_235, 14), (500_236, 12),
    (500_237, 7), (500_238, 5), (500_240, 7), (500_241, 8), (500_242, 8), (500_243, 8),
];
/// Codes of provinces and cities where partners outside are registered, with the word of the invoice.
pub(crate) const OUTSIDE: [(u32, &str); 8] = [
    (110_105, "北京市"),
    (310_115, "上海市"),
    (330_106, "浙江省"),
    (440_305, "广东省"),
    (510_104, "四川省"),
    (520_102, "贵州省"),
    (420_106, "湖北省"),
    (320_505, "江苏省"),
];

// --- Policies ------------------------------------------------------------------------------------------------------

/// Share of firms that ask for commercial-value loans, for guaranteed loans, for loans outside the schemes, and that
/// have a benefit proposed. Events grow with the city by these alone.
pub(crate) const SCHEME_SHARE: f64 = 0.22;
pub(crate) const GUARANTEED_SHARE: f64 = 0.05;
pub(crate) const ORDINARY_SHARE: f64 = 0.05;
pub(crate) const BENEFIT_SHARE: f64 = 0.04;
/// Those that will default ask so many times as often: who needs money looks for it.
pub(crate) const ASKED_BEFORE_DEFAULT: f64 = 2.4;
/// A score is the first less the second times the log-risk of distress, which is seen with so much noise.
pub(crate) const SCORE: [f64; 2] = [690.0, 48.0];
pub(crate) const SCORE_NOISE: f64 = 0.7;
/// Added to the log-risk that is seen while a spell of distress lasts.
pub(crate) const SCORE_DISTRESS: f64 = 1.2;
/// The recommended line in sales of a year, by grade; the grades after these have none.
pub(crate) const LINE_SHARE: [f64; 5] = [0.18, 0.15, 0.12, 0.09, 0.06];
/// Days before a default from which nothing is paid any more: then the oldest debt is ninety days past due.
pub(crate) const UNPAID_BEFORE_DEFAULT: i32 = 90;
/// What becomes of a large last instalment: it is renewed, or bridged; else it is repaid.
pub(crate) const RENEWED: f64 = 0.34;
pub(crate) const BRIDGED: f64 = 0.16;
/// Share of instalments that fall due in distress and lead to a new schedule.
pub(crate) const RESCHEDULED: f64 = 0.35;
/// Share of repayments that are typed wrongly and reversed, and of those that are told late, with the days.
pub(crate) const MISTYPED: f64 = 0.006;
pub(crate) const TOLD_LATE: f64 = 0.04;
pub(crate) const TOLD_LATE_DAYS: [i32; 2] = [1, 6];
/// Share of monthly statuses whose days past due are not the schedule's.
pub(crate) const MISCOUNTED: f64 = 0.012;
/// Share of defaulted scheme loans that are claimed.
pub(crate) const CLAIMED: f64 = 0.85;
/// Yuan for each enterprise: into the bridge pool once, into the compensation fund each year; neither less than
/// `FUND_LEAST`.
pub(crate) const FUNDS: [f64; 2] = [12_000.0, 6_000.0];
pub(crate) const FUND_LEAST: f64 = 20_000_000.0;
