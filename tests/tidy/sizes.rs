//! No file is longer than 800 lines.

use crate::source::{Finding, Source};

const MOST_LINES: usize = 800;
const CODE: [&str; 9] = [
    "rs", "ts", "js", "mjs", "svelte", "css", "html", "sql", "sh",
];

pub(crate) fn check(file: &Source) -> Vec<Finding> {
    let lines = file.text.lines().count();
    if !CODE.contains(&file.extension()) || is_generated(file) || lines <= MOST_LINES {
        return Vec::new();
    }
    vec![file.finding(lines, format!("{lines} lines"))]
}

fn is_generated(file: &Source) -> bool {
    file.path.ends_with(".d.ts") && file.text.contains("auto-generated")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::source;

    #[test]
    fn the_limit_is_800() {
        assert_eq!(check(&source("a.rs", &"x\n".repeat(800))), []);
        assert_eq!(check(&source("a.rs", &"x\n".repeat(801))).len(), 1);
        assert_eq!(
            check(&source("a.svelte", &"x\n".repeat(801)))[0].what,
            "801 lines"
        );
    }

    #[test]
    fn data_and_generated_files_may_be_long() {
        let long = "x\n".repeat(801);
        assert_eq!(check(&source("package-lock.json", &long)), []);
        assert_eq!(
            check(&source(
                "web/api/schema.d.ts",
                &format!("// auto-generated\n{long}")
            )),
            []
        );
        assert_eq!(
            check(&source(
                "web/api/client.ts",
                &format!("// auto-generated\n{long}")
            ))
            .len(),
            1
        );
    }
}
