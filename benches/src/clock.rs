//! Processor seconds of this process.

/// User and system seconds of all threads so far, from `/proc/self/stat`; `None` elsewhere.
pub fn cpu_seconds() -> Option<f64> {
    stat_seconds("self", 11)
}

/// The same of all child processes that have ended.
pub fn children_cpu_seconds() -> Option<f64> {
    stat_seconds("self", 13)
}

/// The same of another process.
pub fn cpu_seconds_of(process: u32) -> Option<f64> {
    stat_seconds(&process.to_string(), 11)
}

/// Seconds that the calling thread was on a processor, to the nanosecond, from `/proc/thread-self/schedstat`; `None` elsewhere.
pub fn thread_cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split_whitespace().next()?.parse::<f64>().ok().map(|nanos| nanos * 1e-9)
}

/// The middle of figures, the upper one of two.
///
/// # Panics
/// Where there are none.
pub fn median(of: &mut [f64]) -> f64 {
    of.sort_unstable_by(f64::total_cmp);
    of[of.len() / 2]
}

/// The sum of two neighbouring fields.
fn stat_seconds(process: &str, first: usize) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name may hold spaces; fields are counted from the bracket that closes it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(first)?.parse::<f64>().ok()? + fields.get(first + 1)?.parse::<f64>().ok()?;
    Some(ticks / 100.0) // the kernel counts hundredths for programs, whatever its own clock
}

/// Result, processor seconds and wall seconds of one call.
pub fn timed<T>(f: impl FnOnce() -> T) -> (T, f64, f64) {
    let (cpu, wall) = (cpu_seconds().unwrap_or(f64::NAN), std::time::Instant::now());
    let out = f();
    let seconds = wall.elapsed().as_secs_f64();
    (out, cpu_seconds().unwrap_or(f64::NAN) - cpu, seconds)
}

/// Peak resident memory of this process in MiB, from `/proc/self/status`.
pub fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|k| k / 1024.0)
}
