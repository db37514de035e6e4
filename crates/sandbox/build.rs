//! The page is built by npm. A fresh clone has none yet, and the macro that embeds it wants a folder.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    let page = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default())
        .join("../../web/sandbox/dist");
    println!("cargo::rerun-if-changed={}", page.display());
    fs::create_dir_all(page)
}
