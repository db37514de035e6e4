//! Makes sure that the folder of the built pages exists, so that building Rust never needs Node.

fn main() -> std::io::Result<()> {
    let pages = std::path::Path::new("../../web/agent/dist");
    std::fs::create_dir_all(pages)?;
    println!("cargo::rerun-if-changed={}", pages.display());
    Ok(())
}
