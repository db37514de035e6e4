//! One server per data folder.

use charla_tests::database::Engine;
use charla_tests::install::Install;
use charla_tests::program;

const NO_GRAPH: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn a_second_server_on_a_folder_is_refused_and_a_killed_one_leaves_it_free() {
    let install = Install::new(Engine::Sqlite, NO_GRAPH).await;
    let first = install.start().await;

    let mut second = install.command(["serve"]);
    second.env("CHARLA_LISTEN", "127.0.0.1:0");
    let second = program::end(second).await;
    assert_eq!(second.code, Some(1), "{second:?}");
    let names = format!(
        "another Charla runs on the data in {}",
        install.data().display()
    );
    assert!(second.said.contains(&names), "{second:?}");

    let beside = install.end(["doctor"]).await;
    assert_eq!(beside.code, Some(0), "{beside:?}");
    install.restart(first).await.kill().await;
}

#[tokio::test]
async fn several_servers_may_share_a_postgres() {
    let install = Install::new(Engine::Postgres, NO_GRAPH).await;
    let first = install.start().await;
    let mut second = install.command(["serve"]);
    second.env("CHARLA_LISTEN", "127.0.0.1:0");
    let second = program::Running::start(second, &install.log()).await;
    second.kill().await;
    first.kill().await;
}
