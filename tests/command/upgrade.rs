//! A program and data of another version.

use charla_tests::database::Engine;
use charla_tests::install::Install;

const NO_GRAPH: &str = "http://127.0.0.1:9";

/// Every command that works on the data, but for those of the embedded database alone.
const COMMANDS: [&[&str]; 8] = [
    &["doctor"],
    &["channel", "list"],
    &[
        "channel",
        "connect",
        "whatsapp",
        "--phone-number-id",
        "1",
        "--account-id",
        "2",
        "--name",
        "Ventas",
        "--token-file",
        "t",
    ],
    &["channel", "resume", "1"],
    &["channel", "rename", "1", "Ventas"],
    &["channel", "disconnect", "1"],
    &[
        "app",
        "set",
        "--secret-file",
        "s",
        "--verify-token-file",
        "t",
    ],
    &["user", "reset", "marta@casaturia.example"],
];
const BACKUP: &[&str] = &["backup", "somewhere"];

async fn a_command_touches_no_data_of_another_version_and_says_what_to_do(engine: Engine) {
    let install = Install::new(engine, NO_GRAPH).await;
    install.start().await.kill().await;
    let backup = (engine == Engine::Sqlite).then_some(BACKUP);
    for (version, says) in [
        (1_i64, "start the new one (charla serve)"),
        (999, "use the newer program"),
    ] {
        let set = format!("UPDATE schema_versions SET version = {version} WHERE part = 'main'");
        install.meddle(&set).await;
        for command in COMMANDS.into_iter().chain(backup) {
            let ended = install.end(command.iter().copied()).await;
            assert_eq!(ended.code, Some(1), "{command:?}: {ended:?}");
            assert!(ended.said.contains(says), "{command:?}: {ended:?}");
        }
        let left = format!("{set} AND version = {version}");
        assert_eq!(install.meddle(&left).await, 1);
    }
}

on_both! {
    a_command_touches_no_data_of_another_version_and_says_what_to_do
}
