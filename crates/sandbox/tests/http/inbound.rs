//! Every kind of message that customers send, in the shape of Meta's webhooks.

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{calls::with, harness::Bench};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a photo";

/// Vera sends something; the `value` of the webhook.
async fn sends(bench: &mut Bench, body: &Value) -> Value {
    let path = format!("/customers/{}/messages", bench.id(0));
    let (status, answer) = bench.control(Method::POST, &path, body).await;
    assert_eq!(status, 201, "{body}: {answer}");
    let value = bench.webhook().await.value();
    assert_eq!(value["messages"][0]["id"], answer["id"]);
    value
}

async fn refused(bench: &Bench, case: &str, body: &Value, field: &str) {
    let path = format!("/customers/{}/messages", bench.id(0));
    let (status, problem) = bench.control(Method::POST, &path, body).await;
    assert_eq!(
        (status, &problem["field"]),
        (422, &json!(field)),
        "{case}: {problem}"
    );
}

async fn put(bench: &Bench, mime_type: &str, bytes: &[u8]) -> String {
    let (status, file) = bench.puts(mime_type, bytes).await;
    assert_eq!(status, 201, "{file}");
    file["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_file_comes_with_its_type_its_hash_and_a_link() {
    let mut bench = Bench::new().await;
    let animated = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\x02".to_vec();
    for (kind, mime_type, bytes, more, expect) in [
        (
            "image",
            "image/jpeg",
            JPEG.to_vec(),
            json!({"caption": "La mesa"}),
            json!({"caption": "La mesa"}),
        ),
        ("video", "video/mp4", JPEG.to_vec(), json!({}), json!({})),
        (
            "audio",
            "audio/ogg; codecs=opus",
            JPEG.to_vec(),
            json!({"voice": true}),
            json!({"voice": true}),
        ),
        (
            "audio",
            "audio/mpeg",
            JPEG.to_vec(),
            json!({}),
            json!({"voice": false}),
        ),
        (
            "document",
            "application/pdf",
            JPEG.to_vec(),
            json!({}),
            json!({"filename": "photo 1.jpg"}),
        ),
        (
            "document",
            "application/x-odd",
            JPEG.to_vec(),
            json!({"filename": "a.odd", "caption": "Mira"}),
            json!({"filename": "a.odd", "caption": "Mira"}),
        ),
        (
            "sticker",
            "image/webp",
            animated,
            json!({}),
            json!({"animated": true}),
        ),
    ] {
        let id = put(&bench, mime_type, &bytes).await;
        let value = sends(&mut bench, &with(&json!({"type": kind, "file": id}), &more)).await;
        let message = &value["messages"][0];
        assert_eq!(message["type"], kind);
        let mut object = message[kind].clone();
        let url = object["url"].take().as_str().unwrap().to_owned();
        let plain = json!({
            "id": id, "mime_type": mime_type, "sha256": STANDARD.encode(Sha256::digest(&bytes)), "url": null,
        });
        assert_eq!(object, with(&plain, &expect), "{kind}");
        let answer = bench.http.get(url).bearer_auth(&bench.hello.access_token);
        assert_eq!(answer.send().await.unwrap().bytes().await.unwrap(), bytes);
        let known = bench.get(&format!("/{id}")).await.1;
        assert_eq!(known["sha256"], hex::encode(Sha256::digest(&bytes)));
        let phone = bench.phone(0).await.pop().unwrap();
        assert_eq!(phone["file"]["id"], id.as_str());
        assert_eq!(phone["text"], more["caption"]);
    }
}

#[tokio::test]
async fn a_file_that_was_too_large_comes_as_an_error_alone() {
    let mut bench = Bench::new().await;
    let value = sends(&mut bench, &json!({"type": "video", "too_large": true})).await;
    let message = &value["messages"][0];
    assert_eq!(message["type"], "video");
    assert!(message.get("video").is_none());
    assert_eq!(message["errors"][0]["code"], 131_052);
    assert_eq!(
        message["errors"][0]["title"],
        message["errors"][0]["message"]
    );
}

#[tokio::test]
async fn a_message_that_cannot_be_is_refused_with_its_field() {
    let bench = Bench::new().await;
    let photo = put(&bench, "image/jpeg", JPEG).await;
    for (case, body, field) in [
        (
            "no such file",
            json!({"type": "image", "file": "1"}),
            "file",
        ),
        (
            "a photo as sound",
            json!({"type": "audio", "file": photo}),
            "file",
        ),
        (
            "a text with a file",
            json!({"type": "text", "file": photo}),
            "type",
        ),
        (
            "a large text",
            json!({"type": "text", "too_large": true}),
            "type",
        ),
        (
            "passed on how",
            json!({"text": "Hola", "forwarded": "thrice"}),
            "forwarded",
        ),
        ("no file", json!({"type": "image"}), "payload"),
    ] {
        refused(&bench, case, &body, field).await;
    }
}

#[tokio::test]
async fn a_context_tells_of_quotes_of_passing_on_and_of_products() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    let (_, answer) = bench.send(&bench.text_to(0, "¿Qué tal?")).await;
    bench.words(3).await;
    let ours = &answer["messages"][0]["id"];
    let product = json!({"catalog_id": "7", "product_retailer_id": "malva-verde"});
    for (body, expect) in [
        (
            json!({"reply_to": ours}),
            json!({"from": "34960001234", "id": ours}),
        ),
        (json!({"forwarded": "once"}), json!({"forwarded": true})),
        (
            json!({"forwarded": "often"}),
            json!({"frequently_forwarded": true}),
        ),
        (
            json!({"reply_to": ours, "product": product}),
            json!({"from": "34960001234", "id": ours, "referred_product": product}),
        ),
    ] {
        let value = sends(&mut bench, &with(&body, &json!({"text": "Hola"}))).await;
        assert_eq!(value["messages"][0]["context"], expect);
    }
    let value = sends(&mut bench, &json!({"text": "¿La hay?", "product": product})).await;
    let context = &value["messages"][0]["context"];
    assert_eq!(context["referred_product"], product);
    assert_ne!(context["id"], value["messages"][0]["id"]);
}

#[tokio::test]
async fn an_edit_and_a_revocation_change_the_message_and_open_no_window() {
    let mut bench = Bench::new().await;
    let id = bench.hears(0, "Una mesa de 180").await.value()["messages"][0]["id"].clone();
    let edit = json!({"original_message_id": id, "message": {"type": "text", "text": {"body": "Una mesa de 200"}}});
    let value = sends(&mut bench, &json!({"type": "edit", "payload": edit})).await;
    assert_eq!(value["messages"][0]["edit"], edit);
    let first = bench.phone(0).await.swap_remove(0);
    assert_eq!(
        (&first["text"], &first["changed"]),
        (&json!("Una mesa de 200"), &json!("edited"))
    );
    bench.passes(86_400).await;
    let revoke = json!({"original_message_id": id});
    let value = sends(&mut bench, &json!({"type": "revoke", "payload": revoke})).await;
    assert_eq!(value["messages"][0]["revoke"], revoke);
    assert_eq!(bench.phone(0).await[0]["changed"], "revoked");
    let (_, answer) = bench.send(&bench.text_to(0, "Hola")).await;
    assert_eq!(answer["error"]["code"], 131_047);
}

#[tokio::test]
async fn a_new_number_is_told_by_a_message_and_by_its_own_field() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    let old = bench.hello.customers[0].clone();
    let path = "/customers/34600009901/identity";
    let number = json!({"wa_id": "34600009999"});
    let (status, person) = bench.control(Method::POST, path, &number).await;
    assert_eq!((status, &person["id"]), (200, &json!("34600009999")));
    let bsuid = person["bsuid"].as_str().unwrap();
    assert_ne!(bsuid, old.bsuid);
    let value = bench.webhook().await.value();
    assert!(value.get("contacts").is_none());
    let message = &value["messages"][0];
    assert_eq!(message["from"], "34600009901");
    assert_eq!(message["from_user_id"], old.bsuid);
    assert_eq!(message["type"], "system");
    assert_eq!(
        message["system"],
        json!({"type": "user_changed_number", "wa_id": "34600009999", "user_id": bsuid,
               "body": "User Vera Iborra changed from 34600009901 to 34600009999"})
    );
    let webhook = bench.webhook().await;
    assert_eq!(
        webhook.json()["entry"][0]["changes"][0]["field"],
        "user_id_update"
    );
    let value = webhook.value();
    let update = &value["user_id_update"][0];
    assert_eq!(
        update["user_id"],
        json!({"previous": old.bsuid, "current": bsuid})
    );
    assert_eq!(update["wa_id"], "34600009999");
    assert!(update["timestamp"].is_string());
    assert_eq!(value["contacts"][0]["user_id"], bsuid);
    assert_eq!(
        value["metadata"]["phone_number_id"],
        bench.hello.phone_number_id
    );
    for (case, wa_id, status) in [("taken", "447700900123", 409), ("no number", "vera", 422)] {
        let path = "/customers/34600009999/identity";
        let (told, _) = bench
            .control(Method::POST, path, &json!({"wa_id": wa_id}))
            .await;
        assert_eq!(told, status, "{case}");
    }
}

#[tokio::test]
async fn a_new_user_id_is_told_of_those_who_show_no_number() {
    let mut bench = Bench::new().await;
    let nerea = bench.hello.customers[2].bsuid.clone();
    bench.hears(2, "Hola").await;
    let path = format!("/customers/{nerea}/identity");
    let (status, person) = bench.control(Method::POST, &path, &json!({})).await;
    assert_eq!(status, 200, "{person}");
    let system = bench.webhook().await.value()["messages"][0]["system"].clone();
    assert_eq!(system["type"], "user_changed_user_id");
    assert_eq!(system["user_id"], person["bsuid"]);
    assert!(system.get("wa_id").is_none());
    let update = bench.webhook().await.value()["user_id_update"][0].clone();
    assert_eq!(update["user_id"]["previous"], nerea);
    assert!(update.get("wa_id").is_none());
}

#[tokio::test]
async fn fields_about_a_person_can_be_written_by_hand() {
    let mut bench = Bench::new().await;
    let path = format!("/customers/{}/messages", bench.id(0));
    let bsuid = &bench.hello.customers[0].bsuid.clone();
    let ids = json!({"previous": "ES.1", "current": bsuid});
    for (field, payload, expect) in [
        ("user_id_update", json!({"user_id": ids}), json!(ids)),
        ("user_preferences", json!({"value": "resume"}), json!(bsuid)),
    ] {
        let body = json!({"type": field, "payload": payload});
        let answer = bench.control(Method::POST, &path, &body).await;
        assert_eq!(answer, (201, json!({"id": null})));
        let webhook = bench.webhook().await;
        assert_eq!(webhook.json()["entry"][0]["changes"][0]["field"], field);
        let element = &webhook.value()[field][0];
        assert_eq!(element["user_id"], expect);
        assert_eq!(element["wa_id"], "34600009901");
        assert_eq!(element["timestamp"].is_i64(), field == "user_preferences");
    }
    assert!(bench.phone(0).await.is_empty());
}

#[tokio::test]
async fn a_voice_note_that_is_listened_to_is_played() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    let looks = json!({"reads": "manual"});
    bench
        .control(Method::PATCH, "/customers/34600009901", &looks)
        .await;
    let mut opus = b"OggS".to_vec();
    opus.resize(28, 0);
    opus.extend(b"OpusHead\x01\x01");
    let id = bench.uploads("audio/ogg", &opus).await;
    let body = bench.to(0, "audio", &json!({"id": id, "voice": true}));
    let (_, answer) = bench.send(&body).await;
    assert_eq!(bench.words(2).await, ["sent", "delivered"]);
    let played = json!({"message_id": answer["messages"][0]["id"]});
    let path = "/customers/34600009901/played";
    assert_eq!(bench.control(Method::POST, path, &played).await.0, 204);
    assert_eq!(bench.words(2).await, ["read", "played"]);
    assert_eq!(bench.control(Method::POST, path, &played).await.0, 204);
    assert_eq!(bench.phone(0).await[1]["status"], "played");
    let nothing = json!({"message_id": "wamid.x"});
    assert_eq!(bench.control(Method::POST, path, &nothing).await.0, 404);
    assert!(bench.came().is_empty());
}
