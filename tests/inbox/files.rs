//! Files that agents send: checked when they are uploaded, kept in the draft, on the phone in the end.

use charla_tests::until::until;
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::test_both;

use crate::harness::{Agent, Customer, TestApp};
use crate::media::PNG;

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n";

const PHOTOGRAPH: &[u8] = include_bytes!("../../crates/app/src/demo/parcel.jpg");

/// The first page of a recording by a phone or a browser: Ogg, Opus, so many channels.
fn recording(channels: u8) -> Vec<u8> {
    let mut page = b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13".to_vec();
    page.extend(b"OpusHead\x01");
    page.extend([channels, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0]);
    page
}

/// What an agent has uploaded in a conversation and not sent.
async fn unsent(agent: &Agent, conversation: &str) -> Vec<Value> {
    let thread = agent
        .get(&format!("conversations/{conversation}/thread"))
        .await;
    thread["drafts"]["files"].as_array().unwrap().clone()
}

async fn uploaded(t: &TestApp, conversation: &str) -> Value {
    let told = t.ana.uploads(conversation, "name=factura.pdf", PDF).await;
    told.ok()
}

/// Waits until the customer has seen a message.
async fn sent(t: &TestApp, message: &Value) -> Value {
    t.ana
        .until_delivery(message["id"].as_str().unwrap(), "seen")
        .await
}

async fn vera(t: &TestApp) -> (Customer<'_>, String) {
    let vera = t.customer("34600000001").await;
    let conversation = vera.says("Where is my invoice?").await;
    (vera, conversation)
}

test_both! {
    async fn files_reach_the_phone_as_what_they_are(db: TestDb) {
        let t = TestApp::new(db).await;
        let (_vera, conversation) = vera(&t).await;
        for (n, (told, bytes, kind, text, object)) in [
            ("name=table.png", PNG.to_vec(), "image", "The table", json!({"caption": "The table"})),
            ("name=C:%5Ca%5Cfactura.pdf", PDF.to_vec(), "document", "", json!({"filename": "factura.pdf"})),
            ("name=note.ogg&voice=true", recording(1), "voice", "", json!({"voice": true})),
            ("name=song.ogg", recording(1), "audio", "", json!({})),
        ]
        .into_iter()
        .enumerate()
        {
            let file = t.ana.uploads(&conversation, told, &bytes).await.ok();
            assert_eq!((&file["kind"], &file["state"], &file["size"]), (&json!(kind), &json!("stored"), &json!(bytes.len())));
            let line = t.ana.sends_file(&conversation, &file["id"], text).await.ok();
            assert_eq!((&line["kind"], &line["media"][0]["id"]), (&json!(kind), &file["id"]));
            assert_eq!(unsent(&t.ana, &conversation).await, [json!(null); 0]);
            sent(&t, &line).await;
            t.called(n + 1).await;
            let request = t.sends().await[n]["request"].clone();
            let word = if kind == "voice" { "audio" } else { kind };
            let mut told = request[word].clone();
            let provided = told.as_object_mut().unwrap().remove("id").unwrap();
            assert!(provided.as_str().is_some_and(|id| !id.is_empty()));
            assert_eq!((&request["type"], told), (&json!(word), object), "{kind}");
        }
    }

    async fn the_draft_lists_its_files_in_the_order_in_which_they_were_attached(db: TestDb) {
        let t = TestApp::new(db).await;
        let (_vera, conversation) = vera(&t).await;
        for told in ["name=3.pdf&place=3", "name=1.pdf&place=1", "name=2.pdf&place=2", "name=0.pdf"] {
            t.ana.uploads(&conversation, told, PDF).await.ok();
        }
        let listed = unsent(&t.ana, &conversation).await;
        let names: Vec<&Value> = listed.iter().map(|file| &file["name"]).collect();
        assert_eq!(names, ["0.pdf", "1.pdf", "2.pdf", "3.pdf"]);
    }

    async fn what_does_not_fit_is_refused_with_the_limit_and_the_draft_stays(db: TestDb) {
        let t = TestApp::new(db).await;
        let (_vera, conversation) = vera(&t).await;
        let takes = t.ana.get(&format!("conversations/{conversation}/uploads")).await;
        let image = takes["takes"].as_array().unwrap().iter().find(|of| of["kind"] == "image").unwrap();
        assert_eq!(image, &json!({"kind": "image", "types": ["image/jpeg", "image/png"], "max": 5 * 1024 * 1024}));
        let mut large = PNG.to_vec();
        large.resize(5 * 1024 * 1024 + 1, 0);
        for (case, told, bytes, says) in [
            ("nothing in it", "name=a.txt", Vec::new(), "422 file-empty"),
            ("too large a picture", "name=a.png", large, "413 file-too-large"),
            ("a picture that was cut short", "name=a.png", PNG[..PNG.len() / 2].to_vec(), "422 picture-damaged"),
            ("a photograph without its end", "name=a.jpg", PHOTOGRAPH[..PHOTOGRAPH.len() * 2 / 3].to_vec(), "422 picture-damaged"),
            ("a picture without its end", "name=a.png", PNG[..PNG.len() - 8].to_vec(), "422 picture-damaged"),
            ("a page", "name=a.html", b"<!DOCTYPE html><p>Hi".to_vec(), "422 file-type-not-taken"),
            ("a drawing that can run", "name=a.svg", b"<svg onload='alert(1)'/>".to_vec(), "422 file-type-not-taken"),
            ("a page that is called a text", "name=a.txt", b"<script>alert(1)</script>".to_vec(), "422 file-type-not-taken"),
            ("a program", "name=a.exe", [b"MZ".as_slice(), &[0; 90]].concat(), "422 file-type-not-taken"),
            ("a document that is called a picture", "name=a.png", PDF.to_vec(), "422 file-mismatch"),
            ("a program's name", "name=a.js", b"alert(1)".to_vec(), "422 file-mismatch"),
            ("a recording of two channels", "name=a.ogg&voice=true", recording(2), "422 file-not-voice"),
            ("music of two channels", "name=a.ogg", recording(2), "422 file-not-voice"),
            ("a picture that is called a voice note", "voice=true", PNG.to_vec(), "422 file-not-voice"),
        ] {
            let answer = t.ana.uploads(&conversation, told, &bytes).await;
            assert_eq!(answer.said(), says, "{case}");
            assert!(answer.body["field"].is_string(), "{case}");
        }
        assert_eq!(unsent(&t.ana, &conversation).await, [json!(null); 0]);
        t.ana.uploads(&conversation, "name=a.jpg", PHOTOGRAPH).await.ok();
    }

    async fn a_file_is_in_its_uploaders_draft_until_it_is_sent_or_taken_out(db: TestDb) {
        let t = TestApp::new(db).await;
        let (_vera, conversation) = vera(&t).await;
        let bea = t.colleague("Bea").await;
        let file = uploaded(&t, &conversation).await;
        assert_eq!(unsent(&t.ana, &conversation).await, std::slice::from_ref(&file));
        assert_eq!(unsent(&bea, &conversation).await, [json!(null); 0], "and in nobody else's");
        let marked = async |agent: &Agent| agent.get("conversations").await["items"][0]["draft"] == true;
        assert!(marked(&t.ana).await && !marked(&bea).await, "the list marks it");
        assert_eq!(bea.sends_file(&conversation, &file["id"], "").await.said(), "422 file-not-there");
        let path = format!("conversations/{conversation}/uploads/{}", file["id"].as_str().unwrap());
        assert_eq!(bea.delete(&path).await.said(), "404 not-found");
        assert_eq!(t.ana.delete(&path).await.status, 204);
        assert_eq!(t.ana.delete(&path).await.said(), "404 not-found");
        assert!(!marked(&t.ana).await);
        assert_eq!(unsent(&t.ana, &conversation).await, [json!(null); 0]);
        assert_eq!(t.ana.sends_file(&conversation, &file["id"], "").await.said(), "422 file-not-there");
    }

    async fn a_file_goes_out_once_and_where_it_was_uploaded(db: TestDb) {
        let t = TestApp::new(db).await;
        let (_vera, conversation) = vera(&t).await;
        let elsewhere = t.customer("34600000002").await.says("Hi").await;
        let file = uploaded(&t, &conversation).await;
        assert_eq!(t.ana.sends_file(&elsewhere, &file["id"], "").await.said(), "422 file-not-there");
        let body = json!({"kind": "reply", "text": "Here", "key": "one", "file": file["id"]});
        let path = format!("conversations/{conversation}/messages");
        let first = t.ana.post(&path, body.clone()).await;
        let again = t.ana.post(&path, body).await;
        assert_eq!((first.status, again.status), (201, 200));
        assert_eq!(first.body["id"], again.body["id"]);
        assert_eq!(t.ana.sends_file(&conversation, &file["id"], "").await.said(), "422 file-not-there");
        sent(&t, &first.body).await;
        t.called(1).await;
    }

    async fn what_does_not_go_beside_a_file_names_its_field(db: TestDb) {
        let t = TestApp::new(db).await;
        let (_vera, conversation) = vera(&t).await;
        let path = format!("conversations/{conversation}/messages");
        let file = uploaded(&t, &conversation).await;
        let voice = t.ana.uploads(&conversation, "voice=true", &recording(1)).await.ok();
        let offer = json!({"offer": {"type": "location"}});
        for (case, body, says, field) in [
            ("a note", json!({"kind": "note", "text": "x", "file": file["id"]}), "field-not-here", "file"),
            ("too long a caption", json!({"kind": "reply", "text": "x".repeat(1_025), "file": file["id"]}), "caption-too-long", "text"),
            ("words under a voice note", json!({"kind": "reply", "text": "x", "file": voice["id"]}), "field-not-here", "text"),
            ("something to tap", json!({"kind": "reply", "text": "x", "file": file["id"], "interactive": offer}), "field-not-here", "interactive"),
            ("neither", json!({"kind": "reply", "text": " "}), "text-empty", "text"),
        ] {
            let mut body = body;
            body["key"] = json!(case);
            let answer = t.ana.post(&path, body).await;
            assert_eq!((answer.said(), &answer.body["field"]), (format!("422 {says}"), &json!(field)), "{case}");
        }
        assert_eq!(unsent(&t.ana, &conversation).await.len(), 2);
    }

    async fn a_message_that_is_taken_back_leaves_its_file_in_the_draft(db: TestDb) {
        let t = TestApp::new(db).await;
        let (_vera, conversation) = vera(&t).await;
        t.ana.takes_back_for(30).await;
        let file = uploaded(&t, &conversation).await;
        let line = t.ana.sends_file(&conversation, &file["id"], "Here").await.ok();
        let back = t.ana.delete(&format!("messages/{}", line["id"].as_str().unwrap())).await.ok();
        assert_eq!((&back["text"], &back["file"]), (&json!("Here"), &file));
        assert_eq!(unsent(&t.ana, &conversation).await, std::slice::from_ref(&file));
        t.ana.takes_back_for(0).await;
        let line = t.ana.sends_file(&conversation, &file["id"], "").await.ok();
        sent(&t, &line).await;
        t.called(1).await;
    }

    async fn a_file_that_meta_refuses_fails_its_message_which_can_be_sent_again(db: TestDb) {
        let t = TestApp::new(db).await;
        let (_vera, conversation) = vera(&t).await;
        t.faults(json!({"media_refuse_next": 1})).await;
        let file = uploaded(&t, &conversation).await;
        let line = t.ana.sends_file(&conversation, &file["id"], "Here").await.ok();
        let id = line["id"].as_str().unwrap();
        let details = t.ana.until_delivery(id, "failed").await;
        assert_eq!(details["tries"].as_array().unwrap().len(), 1);
        assert!(details["entry"]["failure_code"].is_i64());
        t.ana.post(&format!("messages/{id}/retry"), json!({})).await.ok();
        let details = t.ana.until_delivery(id, "seen").await;
        assert_eq!(details["tries"].as_array().unwrap().len(), 2);
        t.called(1).await;
    }

    async fn a_message_that_is_sent_again_while_its_failure_is_written_down_goes_out(db: TestDb) {
        let t = TestApp::new(db).await;
        let (_vera, conversation) = vera(&t).await;
        t.faults(json!({"media_refuse_next": 1})).await;
        let file = uploaded(&t, &conversation).await;
        let line = t.ana.sends_file(&conversation, &file["id"], "Here").await.ok();
        let id = line["id"].as_str().unwrap();
        t.ana.until_delivery(id, "failed").await;
        let channel = format!("channels/{}", t.channel);
        t.ana.post(&format!("{channel}/pause"), json!({})).await;
        t.ana.post(&format!("messages/{id}/retry"), json!({})).await.ok();
        let file = file["id"].as_str().unwrap().parse().unwrap();
        t.app.store.media_not_provided(t.workspace, file, None).await.unwrap();
        t.ana.post(&format!("{channel}/resume"), json!({})).await;
        t.as_time_passes("the file to be on the phone", async || {
            (t.ana.message(id).await["entry"]["delivery"] == "seen").then_some(())
        })
        .await;
    }

    async fn a_file_waits_for_meta_and_words_of_others_do_not(db: TestDb) {
        let t = TestApp::new(db).await;
        let conversation = vera(&t).await.1;
        let other = t.customer("34600000002").await.says("Hi").await;
        let file = uploaded(&t, &conversation).await;
        t.faults(json!({"down": true})).await;
        let line = t.ana.sends_file(&conversation, &file["id"], "Here").await.ok();
        let id = line["id"].as_str().unwrap().to_owned();
        until("the message to say that its file could not be handed over", async || {
            let details = t.ana.message(&id).await;
            (!details["entry"]["failure_code"].is_null()).then_some(())
        })
        .await;
        assert_eq!(t.ana.message(&id).await["entry"]["delivery"], "queued");
        t.faults(json!({"down": false})).await;
        let words = t.ana.reply(&other, "Hello").await;
        t.as_time_passes("the file to be on the phone", async || {
            let details = t.ana.message(&id).await;
            (details["entry"]["delivery"] == "seen").then_some(())
        })
        .await;
        t.ana.until_delivery(words["id"].as_str().unwrap(), "seen").await;
        t.called(2).await;
    }

    async fn a_file_whose_window_closes_while_it_waits_goes_back_to_the_draft(db: TestDb) {
        let t = TestApp::new(db).await;
        let conversation = vera(&t).await.1;
        let file = uploaded(&t, &conversation).await;
        t.faults(json!({"down": true})).await;
        let line = t.ana.sends_file(&conversation, &file["id"], "").await.ok();
        let id = line["id"].as_str().unwrap().to_owned();
        t.pass_here(SignedDuration::from_hours(25));
        until("the message to be gone", async || {
            (t.ana.try_get(&format!("messages/{id}")).await.status == 404).then_some(())
        })
        .await;
        assert_eq!(unsent(&t.ana, &conversation).await, [file]);
        let thread = t.ana.thread(&conversation).await;
        assert!(thread.iter().any(|line| line["kind"] == "returned_to_draft"));
    }
}
