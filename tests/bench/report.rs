//! A line for each figure, with its bar.

/// Which way is better.
#[derive(Clone, Copy)]
pub(crate) enum Bar {
    AtLeast {
        must: f64,
        aim: f64,
    },
    AtMost {
        must: f64,
        aim: f64,
    },
    /// Shown for those who want to know; nothing was promised.
    None,
}

pub(crate) fn heading(title: &str) {
    println!("\n{title}");
}

pub(crate) fn line(what: &str, value: f64, unit: &str, bar: Bar) {
    println!(
        "  {what:<48} {:>10} {unit:<7}{}",
        figure(value),
        verdict(value, bar)
    );
}

fn figure(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

fn verdict(value: f64, bar: Bar) -> String {
    let (must, aim, reaches): (f64, f64, fn(f64, f64) -> bool) = match bar {
        Bar::AtLeast { must, aim } => (must, aim, |value, bar| value >= bar),
        Bar::AtMost { must, aim } => (must, aim, |value, bar| value <= bar),
        Bar::None => return String::new(),
    };
    let words = match (reaches(value, must), reaches(value, aim)) {
        (_, true) => "reaches the aim",
        (true, false) => "reaches the bar",
        (false, false) => "FALLS SHORT",
    };
    format!("{words} (must {}, aim {})", figure(must), figure(aim))
}

/// The value below which this share of all values lies.
pub(crate) fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let index = (values.len() as f64 * share).ceil() as usize;
    values[index.clamp(1, values.len()) - 1]
}
