//! What a city says of itself.

use crate::calendar::{first_day, push_day};
use crate::plan::Plan;
use crate::{Grain, Summary};
use std::fmt::Write as _;

pub(crate) fn text(plan: &Plan, made: &Summary) -> String {
    let mut out = String::from(
        "# 合成数据, 非真实企业 · Synthetic data, no real enterprise\n\n\
         Every enterprise, person, invoice and case here was drawn by a program. Credit codes pass their check and \
         belong to nobody; should one equal a real code, that is chance. 所有企业、人员、票据和案件均由程序生成。\n\n",
    );
    let mut days = String::new();
    push_day(&mut days, first_day(plan.first));
    days.push_str(" to ");
    push_day(&mut days, plan.last_day);
    let grain = match plan.grain {
        Grain::Invoices => "invoices",
        Grain::Months => "monthly",
    };
    let _ = writeln!(
        out,
        "Made by `shangzhi simulate --enterprises {} --months {} --seed {}`: records of {days}, invoices: {grain}, \
         faulty rows: {}. The constants are in `crates/city/src/constants.rs`.\n",
        plan.enterprises,
        plan.months,
        plan.seed,
        if plan.dirty { "yes" } else { "no" },
    );
    out.push_str(
        "- `sources/`: what a platform would receive, one table for each source.\n\
         - `outcomes.parquet`: enterprise_id, as_of (a yearly snapshot), bad (1 when it defaults in the twelve months \
         after), defaulted_on (empty unless bad). Only enterprises that exist on that day and have not defaulted before.\n\
         - `truth.parquet`: what each enterprise is (ordinary, ring, blown_up_sales, shell), from when until when its \
         scheme runs, when its last spell of distress began, when it defaulted. Never an input of a model.\n\
         - `policy/events.jsonl`: what a ledger of the policies would have been told, an event a line, in the order of \
         recording; `shangzhi ledger import` enters it.\n\n\
         A default is a debt unpaid for ninety days or its like. A model that does well here shows that the way from \
         records to rating works; it says nothing about real enterprises.\n\n",
    );
    out.push_str("| snapshot | enterprises | default within 12 months | share |\n|---|---:|---:|---:|\n");
    for s in &made.snapshots {
        let share = 100.0 * s.bad as f64 / s.enterprises.max(1) as f64;
        let _ = writeln!(out, "| {} | {} | {} | {share:.2} % |", s.as_of, s.enterprises, s.bad);
    }
    let policy = &made.policy;
    let _ = writeln!(
        out,
        "\npolicy events {}; refused by a rule and left out {}, resting on those {}; last line {}\n",
        policy.events,
        policy.refused_by_rule,
        policy.refused_otherwise,
        primitives::digest_hex(&primitives::Digest::from_sha256(policy.head.hash)),
    );
    let [ordinary, ring, blown_up, shell] = made.archetypes;
    let _ = writeln!(out, "\nordinary {ordinary}, ring {ring}, blown_up_sales {blown_up}, shell {shell}\n");
    out.push_str("| source | rows | with a fault |\n|---|---:|---:|\n");
    for s in &made.sources {
        let _ = writeln!(out, "| {} | {} | {} |", s.id, s.rows, s.faults);
    }
    out
}
