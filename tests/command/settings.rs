//! A wrong setting stops the start, is named, and tells the way out.

use charla_tests::program::{command, end};

async fn refused(arguments: &[&str], environment: &[(&str, &str)], says: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "no folder").unwrap();
    let mut command = command(arguments.iter().copied());
    command
        .current_dir(&folder)
        .env("CHARLA_LISTEN", "127.0.0.1:0")
        .envs(environment.iter().copied());
    let ended = end(command).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(ended.printed, "", "{ended:?}");
    for words in says {
        assert!(ended.said.contains(words), "{words} is not in {ended:?}");
    }
    assert!(!ended.said.contains("hunter2"), "{ended:?}");
}

#[tokio::test]
async fn a_setting_that_is_none_names_the_nearest() {
    for command in ["serve", "doctor", "demo", "sandbox"] {
        let says = [
            "CHARLA_LISTN: there is no such setting",
            "did you mean CHARLA_LISTEN?",
        ];
        refused(&[command], &[("CHARLA_LISTN", "127.0.0.1:0")], &says).await;
    }
}

#[tokio::test]
async fn a_settings_file_that_was_asked_for_must_be_there() {
    let asked = ["serve", "--config", "elsewhere.toml"];
    refused(&asked, &[], &["elsewhere.toml (--config): No such file"]).await;
}

#[tokio::test]
async fn a_log_level_that_is_none_is_refused() {
    let says = ["CHARLA_LOG is \"loud\"", "info,server=debug"];
    refused(&["serve"], &[("CHARLA_LOG", "loud")], &says).await;
}

#[tokio::test]
async fn a_data_folder_that_is_a_file_is_refused() {
    let says = ["CHARLA_DATA_DIR is file: that is a file; name a folder"];
    refused(&["serve"], &[("CHARLA_DATA_DIR", "file")], &says).await;
}

#[tokio::test]
async fn a_master_key_that_is_none_is_refused() {
    let says = [
        "the master key file (CHARLA_MASTER_KEY_FILE) is not a key",
        "base64",
    ];
    refused(&["serve"], &[("CHARLA_MASTER_KEY_FILE", "file")], &says).await;
}

#[tokio::test]
async fn a_public_address_with_a_password_is_refused_and_not_repeated() {
    let url = "https://ana:hunter2@inbox.example.com";
    let says = ["CHARLA_PUBLIC_URL (not shown"];
    refused(&["serve"], &[("CHARLA_PUBLIC_URL", url)], &says).await;
}

#[tokio::test]
async fn a_server_that_lets_nobody_in_is_named_without_its_password() {
    let mut url = std::env::var("CHARLA_TEST_POSTGRES_URL").unwrap();
    let at = url.find('@').unwrap();
    let user_ends = url.find("://").unwrap() + 3;
    url.replace_range(user_ends..at, "charla:hunter2");
    let says = [
        "CHARLA_DATABASE_URL: the database 127.0.0.1:",
        "password authentication failed",
    ];
    refused(&["serve"], &[("CHARLA_DATABASE_URL", &url)], &says).await;
}

#[tokio::test]
async fn a_command_that_does_not_exist_is_bad_usage() {
    for arguments in [["channel", "conect"], ["backup", "--fast"]] {
        let ended = end(command(arguments)).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.said.contains("Usage: charla"), "{ended:?}");
    }
}
