//! The sentences of problems, taken from the web's English catalogue, so that the terminal says what the browser says.

use serde_json::Value;
use server::Problem;

const CATALOGUE: &str = include_str!("../../../web/agent/src/lib/i18n/en/channels.json");

/// A problem about channels in a sentence. One that the catalogue has no words for is told by its code.
pub(crate) fn sentence(problem: &Problem) -> String {
    let catalogue: Value = serde_json::from_str(CATALOGUE).unwrap_or_default();
    let key = format!("problem.{}", problem.code());
    let Some(wording) = catalogue[&key].as_str() else {
        return problem.code().to_owned();
    };
    let filled = problem.params().iter();
    filled.fold(wording.to_owned(), |sentence, (name, value)| {
        let word = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        sentence.replace(&format!("{{{name}}}"), &word)
    })
}
