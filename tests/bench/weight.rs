//! How much there is to load, as the program serves it.

use std::collections::BTreeSet;

use charla_tests::program;
use reqwest::header::ACCEPT_ENCODING;

use crate::report::{self, Bar};

pub(crate) async fn measure(server: &str) {
    let http = charla_tests::http();
    let page = http.get(server).send().await.unwrap().text().await.unwrap();
    let mut known: BTreeSet<String> = scripts(&page);
    let mut open: Vec<String> = known.iter().cloned().collect();
    let mut total = 0;
    while let Some(path) = open.pop() {
        let url = format!("{server}{path}");
        let packed = http
            .get(&url)
            .header(ACCEPT_ENCODING, "gzip")
            .send()
            .await
            .unwrap();
        total += packed.bytes().await.unwrap().len();
        let source = http.get(&url).send().await.unwrap().text().await.unwrap();
        for found in scripts(&source) {
            if known.insert(found.clone()) {
                open.push(found);
            }
        }
    }
    // What the first view takes of it, and its bar, is a browser test: only a browser knows what it loads.
    let what = format!("agent app, all {} scripts, gzip", known.len());
    report::line(&what, kibibytes(total), "KiB", Bar::None);
    let binary = std::fs::metadata(program::path()).unwrap().len();
    let binary = kibibytes(usize::try_from(binary).unwrap()) / 1_024.0;
    report::line(
        "the binary, everything in it",
        binary,
        "MiB",
        Bar::AtMost {
            must: 40.0,
            aim: 20.0,
        },
    );
}

/// The scripts that a page or a script names.
fn scripts(text: &str) -> BTreeSet<String> {
    text.split(['"', '\'', '`'])
        .filter_map(|word| word.strip_suffix(".js"))
        .filter(|stem| !stem.contains(' '))
        .map(|stem| format!("/assets/{}.js", stem.rsplit('/').next().unwrap_or(stem)))
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "no file is that large")]
fn kibibytes(bytes: usize) -> f64 {
    bytes as f64 / 1_024.0
}
