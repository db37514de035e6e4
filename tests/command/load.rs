//! The load generator says when nobody took what it brought.

use charla_tests::program::{command, end};

#[tokio::test]
async fn a_load_that_is_refused_ends_with_1_and_the_first_reason() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), "a secret").unwrap();
    for (url, why) in [
        ("http://127.0.0.1:1/webhooks/meta", "Connection refused"),
        ("ftp://127.0.0.1/webhooks/meta", "scheme"),
    ] {
        let mut command = command([
            "load",
            "--url",
            url,
            "--secret-file",
            "secret",
            "--phone-number-id",
            "1",
            "--count",
            "3",
        ]);
        command.current_dir(&folder);
        let ended = end(command).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.printed.contains("\"refused\":3"), "{ended:?}");
        assert!(
            ended.said.contains(url) && ended.said.contains(why),
            "{ended:?}"
        );
    }
}
