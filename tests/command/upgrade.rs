//! A program and data of another version.

use charla_tests::database::Engine;
use charla_tests::install::Install;
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};

const NO_GRAPH: &str = "http://127.0.0.1:9";

const COMMANDS: [&[&str]; 8] = [
    &["doctor"],
    &["backup", "somewhere"],
    &["channel", "list"],
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

async fn at_version(install: &Install, version: i64) -> SqliteConnection {
    let file = install.data().join("charla.db");
    let mut connection = SqliteConnection::connect(file.to_str().unwrap())
        .await
        .unwrap();
    let text = format!("UPDATE schema_versions SET version = {version} WHERE part = 'main'");
    connection.execute(AssertSqlSafe(text)).await.unwrap();
    connection
}

#[tokio::test]
async fn a_command_touches_no_data_of_another_version_and_says_what_to_do() {
    let install = Install::new(Engine::Sqlite, NO_GRAPH).await;
    install.start().await.kill().await;
    for (version, says) in [
        (1_i64, "start the new one (charla serve)"),
        (999, "use the newer program"),
    ] {
        let mut connection = at_version(&install, version).await;
        for command in COMMANDS {
            let ended = install.end(command.iter().copied()).await;
            assert_eq!(ended.code, Some(1), "{command:?}: {ended:?}");
            assert!(ended.said.contains(says), "{command:?}: {ended:?}");
        }
        let left: (i64,) =
            sqlx::query_as("SELECT version FROM schema_versions WHERE part = 'main'")
                .fetch_one(&mut connection)
                .await
                .unwrap();
        assert_eq!(left.0, version);
        connection.close().await.unwrap();
    }
}
