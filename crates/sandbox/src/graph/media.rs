//! Files: uploaded, looked up, deleted.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::{GraphCall, error::GraphError, multipart::Part};
use crate::{
    rules::{
        faults,
        media::{BadUpload, File, Giver, bare, uploadable},
    },
    shared::Shared,
};

/// Where links lead; on Meta's side this is another host.
pub(super) const DOWNLOADS: [&str; 2] = ["whatsapp_business", "attachments"];
/// A link is good for so long.
const LINK_SECONDS: i64 = 300;

/// Takes a file that the business will send.
pub(super) fn upload(
    shared: &Shared,
    number: usize,
    call: &GraphCall,
) -> Result<Value, GraphError> {
    if call.parameter("messaging_product").as_deref() != Some("whatsapp") {
        return Err(GraphError::required("messaging_product"));
    }
    let told = call
        .parameter("type")
        .ok_or_else(|| GraphError::required("type"))?;
    let file = file(call, told).ok_or_else(|| GraphError::required("file"))?;
    let (now, mime_type) = (shared.now(), file.mime_type.clone());
    let id = shared
        .world()
        .upload(now, number, file)
        .map_err(|bad| match bad {
            BadUpload::Refused(refusal) => refusal.into(),
            BadUpload::Type => GraphError::parameter(&format!(
                "Param file must be a file with one of the following types: {}. Received file of type '{mime_type}'.",
                uploadable()
            )),
        })?;
    Ok(json!({"id": id}))
}

/// The file of a form; its own type counts more than what is told beside it.
fn file(call: &GraphCall, told: String) -> Option<File> {
    let part = call.file()?;
    let mime_type = part.content_type.clone().unwrap_or(told);
    let filename = part.filename.clone().filter(|name| !name.is_empty());
    Some(File::new(mime_type, filename, part.bytes.clone()))
}

/// Is this call about a file that Meta knows, and may this number ask?
fn known(shared: &Shared, id: &str, call: &GraphCall) -> Result<File, GraphError> {
    let now = shared.now();
    let world = shared.world();
    let media = world.media(now, id).ok_or_else(|| call.unknown())?;
    if let (Some(asking), Giver::Business(number)) =
        (call.query.get("phone_number_id"), media.giver)
        && *asking != world.numbers[number].phone_number_id
    {
        return Err(call.unknown());
    }
    Ok(media.file.clone())
}

/// What is known of a file, and a link to it.
pub(super) fn look_up(shared: &Shared, id: &str, call: &GraphCall) -> Result<Value, GraphError> {
    if faults::take(&mut shared.world().faults.media_gone_next) {
        return Err(call.unknown());
    }
    let file = known(shared, id, call)?;
    let (told_type, told_hash) = {
        let world = shared.world();
        (bare(&world.told_type(&file)), world.told_sha256(&file))
    };
    Ok(json!({
        "url": link(shared, id),
        "mime_type": told_type,
        "sha256": hex::encode(told_hash),
        "file_size": file.bytes.len(),
        "id": id,
        "messaging_product": "whatsapp",
    }))
}

pub(super) fn delete(shared: &Shared, id: &str, call: &GraphCall) -> Result<Value, GraphError> {
    known(shared, id, call)?;
    shared.world().delete_media(id);
    Ok(json!({"success": true}))
}

/// An address that yields the file, to whoever has the token, for five minutes.
pub(crate) fn link(shared: &Shared, id: &str) -> String {
    let until = (shared.now().as_second() + LINK_SECONDS).to_string();
    let hash = hash(shared, id, &until);
    let query = [
        ("mid", id),
        ("source", "getMedia"),
        ("ext", &until),
        ("hash", &hash),
    ];
    let path = format!("{}/{}/", shared.url, DOWNLOADS.join("/"));
    reqwest::Url::parse_with_params(&path, query).map_or(path, Into::into)
}

/// What makes a link Meta's own.
pub(super) fn hash(shared: &Shared, id: &str, until: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(shared.identity.app_secret.as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(format!("{id} {until}").as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// A form as the log shows it: fields in full, of files only the measures.
pub(super) fn shown(parts: &[Part]) -> Value {
    let fields = parts.iter().map(|part| {
        let value = part.text().map_or_else(
            || {
                json!({
                    "filename": part.filename,
                    "content_type": part.content_type,
                    "bytes": part.bytes.len(),
                })
            },
            Value::String,
        );
        (part.name.clone(), value)
    });
    Value::Object(fields.collect::<Map<_, _>>())
}
