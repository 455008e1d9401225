//! Figures: medians on standard output, what they came from on standard error.

use std::time::Duration;

/// Prints the median of several measurements, and their range.
pub(crate) fn print(name: &str, values: &[f64], unit: &str) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) = (sorted.first(), sorted.last()) else { return };
    let median = sorted[sorted.len() / 2];
    eprintln!("{name}: {} measurements from {low:.3} to {high:.3} {unit}", sorted.len());
    println!("figure {name} {} {unit}", rounded(median));
}

/// Four digits that mean something.
fn rounded(value: f64) -> String {
    match value.abs() {
        0.0..10.0 => format!("{value:.3}"),
        10.0..1_000.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// The latency that `share` of all stays below, in milliseconds. Sorts them.
pub(crate) fn quantile_ms(latencies: &mut [Duration], share: f64) -> f64 {
    latencies.sort_unstable();
    let last = latencies.len().saturating_sub(1);
    let at = ((latencies.len() as f64 * share) as usize).min(last);
    latencies.get(at).map_or(0.0, |latency| latency.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_taken_from_sorted_latencies() {
        let mut latencies: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(quantile_ms(&mut latencies, 0.5), 51.0);
        assert_eq!(quantile_ms(&mut latencies, 0.99), 100.0);
        assert_eq!(quantile_ms(&mut [], 0.5), 0.0);
        assert_eq!([rounded(0.1234), rounded(12.34), rounded(1234.5)], ["0.123", "12.3", "1234"]);
    }
}
