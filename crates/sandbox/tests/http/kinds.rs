//! Every type of message that the business sends.

use std::sync::atomic::Ordering;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    calls::{refused, with},
    harness::{Bench, host},
};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a photo";
const PDF: &[u8] = b"%PDF-1.7 a bill";

/// The beginning of an Ogg stream of Opus.
fn opus(channels: u8) -> Vec<u8> {
    let mut bytes = b"OggS".to_vec();
    bytes.resize(28, 0);
    bytes.extend(b"OpusHead\x01");
    bytes.push(channels);
    bytes
}

/// A bench on which Vera has written; the id of her message.
async fn open() -> (Bench, String) {
    let mut bench = Bench::new().await;
    let id = bench.hears(0, "Hola").await.value()["messages"][0]["id"].clone();
    (bench, id.as_str().unwrap().to_owned())
}

/// Sends it to Vera, who gets it; what stands on her phone.
async fn arrives(bench: &mut Bench, kind: &str, content: &Value) -> Value {
    let (status, answer) = bench.send(&bench.to(0, kind, content)).await;
    assert_eq!(status, 200, "{kind}: {answer}");
    assert_eq!(
        bench.words(3).await,
        ["sent", "delivered", "read"],
        "{kind}"
    );
    let message = bench.phone(0).await.pop().unwrap();
    assert_eq!(message["id"], answer["messages"][0]["id"]);
    assert_eq!(message["type"], kind);
    assert_eq!(message["payload"], *content, "{kind}");
    message
}

async fn fails(bench: &mut Bench, case: &str, body: &Value, code: u32) {
    let (status, answer) = bench.send(body).await;
    assert_eq!(status, 200, "{case}: {answer}");
    let value = bench.webhook().await.value();
    let failed = &value["statuses"][0];
    assert_eq!(failed["status"], "failed", "{case}");
    assert_eq!(failed["errors"][0]["code"], code, "{case}: {failed}");
}

#[tokio::test]
async fn an_uploaded_file_reaches_the_phone_as_each_kind() {
    let (mut bench, _) = open().await;
    let webp = b"RIFF\0\0\0\0WEBPVP8 ".to_vec();
    let film = b"\0\0\0\x18ftypmp42".to_vec();
    for (kind, mime_type, bytes, more) in [
        (
            "image",
            "image/jpeg",
            JPEG.to_vec(),
            json!({"caption": "La mesa"}),
        ),
        ("video", "video/mp4", film, json!({"caption": "El montaje"})),
        ("audio", "audio/mpeg", b"ID3".to_vec(), json!({})),
        ("audio", "audio/ogg", opus(1), json!({"voice": true})),
        (
            "document",
            "application/pdf",
            PDF.to_vec(),
            json!({"filename": "factura.pdf", "caption": "Su factura"}),
        ),
        (
            "document",
            "image/jpeg",
            JPEG.to_vec(),
            json!({"filename": "foto.jpg"}),
        ),
        ("sticker", "image/webp", webp, json!({})),
    ] {
        let id = bench.uploads(mime_type, &bytes).await;
        let content = with(&json!({"id": id}), &more);
        let message = arrives(&mut bench, kind, &content).await;
        assert_eq!(message["text"], more["caption"], "{kind}");
        assert_eq!(
            message["file"],
            json!({"id": id, "mime_type": mime_type, "filename": "file", "file_size": bytes.len()})
        );
    }
    let (_, last) = (bench.phone(0).await, bench.look("/log?after=0").await);
    let sent = last["entries"].as_array().unwrap().iter();
    let whats: Vec<&Value> = sent
        .filter(|entry| entry["kind"] == "POST /messages")
        .map(|entry| &entry["detail"]["what"])
        .collect();
    assert_eq!(
        whats,
        [
            "image", "video", "audio", "audio", "document", "document", "sticker"
        ]
    );
}

#[tokio::test]
async fn a_file_behind_a_link_is_fetched_and_kept_ten_minutes() {
    let (mut bench, _) = open().await;
    let (url, asked) = host(200, "image/jpeg", JPEG.to_vec()).await;
    let content = json!({"link": url, "caption": "La mesa"});
    for (passes, fetches) in [(0, 1), (599, 1), (2, 2)] {
        bench.passes(passes).await;
        let message = arrives(&mut bench, "image", &content).await;
        assert_eq!(message["file"]["mime_type"], "image/jpeg");
        assert_eq!(message["file"]["file_size"], JPEG.len());
        assert_eq!(asked.load(Ordering::Acquire), fetches);
        let path = format!("/files/{}", message["file"]["id"].as_str().unwrap());
        let url = format!("{}{path}", bench.hello.control_url);
        let bytes = bench.http.get(url).send().await.unwrap().bytes().await;
        assert_eq!(bytes.unwrap(), JPEG);
        let id = message["file"]["id"].as_str().unwrap();
        assert_eq!(
            bench.get(&format!("/{id}")).await.0,
            400,
            "Graph knows no id for it"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_told_later_as_131053() {
    let (mut bench, _) = open().await;
    for (case, kind, mime_type, bytes, more) in [
        (
            "not what it says",
            "image",
            "image/jpeg",
            b"<svg/>".to_vec(),
            json!({}),
        ),
        (
            "another kind",
            "sticker",
            "image/jpeg",
            JPEG.to_vec(),
            json!({}),
        ),
        (
            "stereo",
            "audio",
            "audio/ogg",
            opus(2),
            json!({"voice": true}),
        ),
        (
            "no voice",
            "audio",
            "audio/mpeg",
            b"ID3".to_vec(),
            json!({"voice": true}),
        ),
    ] {
        let id = bench.uploads(mime_type, &bytes).await;
        let body = bench.to(0, kind, &with(&json!({"id": id}), &more));
        fails(&mut bench, case, &body, 131_053).await;
    }
    for (case, status, mime_type, bytes) in [
        ("not found", 404, "image/jpeg", JPEG.to_vec()),
        ("a page", 200, "text/html", b"<html>".to_vec()),
        ("too big", 200, "image/jpeg", {
            let mut bytes = JPEG.to_vec();
            bytes.resize(5 * 1024 * 1024 + 1, 0);
            bytes
        }),
    ] {
        let (url, _) = host(status, mime_type, bytes).await;
        let body = bench.to(0, "image", &json!({"link": url}));
        fails(&mut bench, case, &body, 131_053).await;
    }
    let nobody = json!({"link": "http://127.0.0.1:9/file"});
    let body = bench.to(0, "image", &nobody);
    fails(&mut bench, "no connection", &body, 131_053).await;
}

#[tokio::test]
async fn a_reaction_is_sent_once_and_never_delivered() {
    let (mut bench, id) = open().await;
    for emoji in ["👍🏽", "❤️", ""] {
        let content = json!({"message_id": id, "emoji": emoji});
        let (status, answer) = bench.send(&bench.to(0, "reaction", &content)).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(bench.webhook().await.word(), "sent");
    }
    let ours = bench.send(&bench.text_to(0, "Hola")).await.1["messages"][0]["id"].clone();
    assert_eq!(bench.words(3).await, ["sent", "delivered", "read"]);
    let phone = bench.phone(0).await;
    let stages: Vec<&Value> = phone[1..4]
        .iter()
        .map(|message| &message["status"])
        .collect();
    assert_eq!(stages, ["sent", "sent", "sent"]);
    let reaction = phone[1]["id"].clone();
    for (case, target) in [
        ("our own", ours),
        ("a reaction", reaction),
        ("nothing", json!("wamid.x")),
    ] {
        let body = bench.to(0, "reaction", &json!({"message_id": target, "emoji": "👍"}));
        fails(&mut bench, case, &body, 131_009).await;
    }
    bench.passes(30 * 86_400 + 1).await;
    bench.hears(0, "Sigo aquí").await;
    let body = bench.to(0, "reaction", &json!({"message_id": id, "emoji": "👍"}));
    fails(&mut bench, "too old", &body, 131_009).await;
}

#[tokio::test]
async fn places_cards_and_things_to_tap_on_reach_the_phone() {
    let (mut bench, id) = open().await;
    let photo = bench.uploads("image/jpeg", JPEG).await;
    for (kind, content, text) in [
        (
            "location",
            json!({"latitude": "39.4699", "longitude": -0.3763, "name": "Casa Turia", "address": "Calle de la Paz 1"}),
            Value::Null,
        ),
        (
            "contacts",
            json!([{"name": {"formatted_name": "Marta Ibáñez", "first_name": "Marta"}, "birthday": "1990-02-28",
                    "phones": [{"phone": "+34 600 00 12 34", "type": "WORK"}]}]),
            Value::Null,
        ),
        (
            "interactive",
            json!({
                "type": "button",
                "header": {"type": "image", "image": {"id": photo}},
                "body": {"text": "¿La montamos?"},
                "footer": {"text": "Casa Turia"},
                "action": {"buttons": [
                    {"type": "reply", "reply": {"id": "yes", "title": "Sí"}},
                    {"type": "reply", "reply": {"id": "no", "title": "No"}},
                ]},
            }),
            json!("¿La montamos?"),
        ),
        (
            "interactive",
            json!({
                "type": "list",
                "header": {"type": "text", "text": "Entrega"},
                "body": {"text": "¿Cuándo?"},
                "action": {"button": "Ver horas", "sections": [
                    {"title": "Mañana", "rows": [{"id": "9", "title": "9:00", "description": "Primera ruta"}]},
                    {"title": "Tarde", "rows": [{"id": "16", "title": "16:00"}]},
                ]},
            }),
            json!("¿Cuándo?"),
        ),
        (
            "interactive",
            json!({
                "type": "cta_url",
                "body": {"text": "Su factura"},
                "action": {"name": "cta_url", "parameters": {"display_text": "Abrir", "url": "https://casaturia.example/f/1"}},
            }),
            json!("Su factura"),
        ),
        (
            "interactive",
            json!({"type": "location_request_message", "body": {"text": "¿Dónde?"}, "action": {"name": "send_location"}}),
            json!("¿Dónde?"),
        ),
        (
            "interactive",
            json!({"type": "request_contact_info", "body": {"text": "¿Su número?"}, "action": {"name": "request_contact_info"}}),
            json!("¿Su número?"),
        ),
        (
            "interactive",
            json!({"type": "flow", "body": {"text": "Cita"}, "action": {"name": "flow", "parameters": {
                "flow_message_version": "3", "flow_id": "1", "flow_cta": "Pedir cita"}}}),
            json!("Cita"),
        ),
    ] {
        let message = arrives(&mut bench, kind, &content).await;
        assert_eq!(message["text"], text, "{kind}");
        assert_eq!(
            message["file"].is_null(),
            content["header"]["image"].is_null()
        );
    }
    let mut quoting = bench.to(0, "location", &json!({"latitude": 39.4, "longitude": -0.3}));
    quoting["context"] = json!({"message_id": id});
    assert_eq!(bench.send(&quoting).await.0, 200);
    assert_eq!(bench.phone(0).await.pop().unwrap()["reply_to"], id);
}

#[tokio::test]
async fn a_bad_message_of_any_type_is_refused_in_metas_envelope() {
    let (bench, id) = open().await;
    let jpeg = bench.uploads("image/jpeg", JPEG).await;
    let (_, received) = bench.puts("image/jpeg", JPEG).await;
    let long = "x".repeat(1_025);
    for (case, kind, content, code) in [
        ("nothing", "image", Value::Null, 131_008),
        ("no file", "image", json!({}), 100),
        (
            "id and link",
            "image",
            json!({"id": jpeg, "link": "https://a.example/b"}),
            100,
        ),
        ("unknown id", "image", json!({"id": "1"}), 100),
        (
            "an id of a webhook",
            "image",
            json!({"id": received["id"]}),
            100,
        ),
        ("no address", "image", json!({"link": "a.jpg"}), 100),
        (
            "caption",
            "image",
            json!({"id": jpeg, "caption": long}),
            100,
        ),
        (
            "caption of a voice",
            "audio",
            json!({"id": jpeg, "caption": "x"}),
            100,
        ),
        ("voice", "audio", json!({"id": jpeg, "voice": "yes"}), 100),
        ("no longitude", "location", json!({"latitude": 1}), 131_008),
        (
            "beyond the pole",
            "location",
            json!({"latitude": 91, "longitude": 0}),
            131_009,
        ),
        (
            "no degrees",
            "location",
            json!({"latitude": "north", "longitude": 0}),
            131_009,
        ),
        ("no cards", "contacts", json!([]), 131_009),
        ("one card", "contacts", json!({"name": {}}), 131_008),
        (
            "no name",
            "contacts",
            json!([{"name": {"first_name": "Ana"}}]),
            131_008,
        ),
        (
            "one name",
            "contacts",
            json!([{"name": {"formatted_name": "Ana"}}]),
            131_008,
        ),
        (
            "birthday",
            "contacts",
            json!([{"name": {"formatted_name": "Ana", "first_name": "Ana"}, "birthday": "1990"}]),
            131_009,
        ),
        (
            "reaction to nothing",
            "reaction",
            json!({"emoji": "👍"}),
            131_008,
        ),
        ("no emoji", "reaction", json!({"message_id": id}), 131_008),
        (
            "words",
            "reaction",
            json!({"message_id": id, "emoji": "ok"}),
            131_009,
        ),
    ] {
        let patch = json!({"type": kind, kind: content});
        refused(&bench, case, patch, 400, code).await;
    }
    let reaction = json!({"type": "reaction", "reaction": {"message_id": id, "emoji": "👍"},
                          "context": {"message_id": id}});
    refused(&bench, "a reaction that quotes", reaction, 400, 131_009).await;
}

fn button(id: &str, title: &str) -> Value {
    json!({"type": "reply", "reply": {"id": id, "title": title}})
}

fn buttons(buttons: &[Value]) -> Value {
    json!({"type": "button", "body": {"text": "?"}, "action": {"buttons": buttons}})
}

fn rows(count: usize) -> Vec<Value> {
    (0..count)
        .map(|n| json!({"id": n.to_string(), "title": "Fila"}))
        .collect()
}

fn list(sections: &Value) -> Value {
    json!({"type": "list", "body": {"text": "?"}, "action": {"button": "Ver", "sections": sections}})
}

async fn refused_to_tap(bench: &Bench, case: &str, interactive: Value, code: u32) {
    let patch = json!({"type": "interactive", "interactive": interactive});
    refused(bench, case, patch, 400, code).await;
}

#[tokio::test]
async fn limits_of_buttons_and_lists_are_kept() {
    let (bench, _) = open().await;
    let sections = |one: usize, other: usize| {
        list(&json!([{"title": "a", "rows": rows(one)}, {"title": "b", "rows": rows(other)}]))
    };
    let photo = json!({"header": {"type": "image", "image": {"id": "1"}}});
    for (case, interactive, code) in [
        ("no buttons", buttons(&[]), 131_009),
        (
            "four buttons",
            buttons(&["1", "2", "3", "4"].map(|n| button(n, n))),
            131_009,
        ),
        (
            "long title",
            buttons(&[button("1", &"x".repeat(21))]),
            131_009,
        ),
        (
            "same title",
            buttons(&[button("1", "Sí"), button("2", "Sí")]),
            131_009,
        ),
        (
            "same id",
            buttons(&[button("1", "Sí"), button("1", "No")]),
            131_009,
        ),
        (
            "11 rows in one",
            list(&json!([{"rows": rows(11)}])),
            131_009,
        ),
        ("rows that share an id", sections(1, 1), 131_009),
        (
            "sections without title",
            list(&json!([{"rows": rows(1)}, {"rows": rows(1)}])),
            131_008,
        ),
        (
            "a list with a photo",
            with(&list(&json!([{"rows": rows(1)}])), &photo),
            131_009,
        ),
    ] {
        refused_to_tap(&bench, case, interactive, code).await;
    }
    let ten = list(&json!([{"rows": rows(10)}]));
    assert_eq!(bench.send(&bench.to(0, "interactive", &ten)).await.0, 200);
}

#[tokio::test]
async fn limits_around_what_is_tapped_on_are_kept() {
    let (bench, _) = open().await;
    let good = buttons(&[button("1", "Sí")]);
    let text = |length| json!({"text": "x".repeat(length)});
    let header = json!({"type": "text", "text": "x".repeat(61)});
    for (case, patch, code) in [
        ("no type", json!({"type": null}), 131_008),
        ("no action", json!({"action": null}), 131_008),
        ("no body", json!({"body": null}), 131_008),
        ("long body", json!({"body": text(1_025)}), 131_009),
        ("long footer", json!({"footer": text(61)}), 131_009),
        ("long header", json!({"header": header}), 131_009),
        (
            "odd header",
            json!({"header": {"type": "sticker"}}),
            131_009,
        ),
        (
            "header without a file",
            json!({"header": {"type": "image", "image": {}}}),
            100,
        ),
        ("a carousel", json!({"type": "carousel"}), 131_051),
        (
            "a link to nowhere",
            json!({"type": "cta_url", "action": {"name": "cta_url", "parameters": {"display_text": "Abrir", "url": "casa"}}}),
            131_009,
        ),
        (
            "another name",
            json!({"type": "location_request_message", "action": {"name": "send_place"}}),
            131_009,
        ),
    ] {
        refused_to_tap(&bench, case, with(&good, &patch), code).await;
    }
}

#[tokio::test]
async fn a_message_can_be_cut_off_whatever_it_is() {
    let (mut bench, _) = open().await;
    bench.bend(json!({"answer_never_next": 1})).await;
    let body = bench.to(0, "location", &json!({"latitude": 1, "longitude": 1}));
    let token = bench.hello.access_token.clone();
    let path = bench.messages();
    let cut = bench
        .call_as(Some(&token), Method::POST, &path, Some(&body))
        .await;
    assert!(cut.is_err());
    assert_eq!(bench.words(3).await, ["sent", "delivered", "read"]);
}
