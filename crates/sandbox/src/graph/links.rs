//! Files that a message names by a link: fetched after the call was answered.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::{Response, header};

use crate::{
    rules::{
        media::{File, MOST},
        send::{Attachment, Source},
    },
    shared::Shared,
};

const PATIENCE: Duration = Duration::from_secs(30);

/// Lets an accepted message go its way once its file is here.
pub(super) fn fetch_then_follow(shared: &Arc<Shared>, id: String, attachment: Attachment) {
    let Source::Link(link) = attachment.source.clone() else {
        return shared.follow(id);
    };
    let task = Arc::clone(shared);
    shared.spawn(async move {
        let file = behind(&task, &link).await;
        task.world().fetched(&id, &attachment, file);
        task.follow(id);
    });
}

/// The id of the file behind a link, or the details of a 131053.
async fn behind(shared: &Shared, link: &str) -> Result<String, String> {
    let now = shared.now();
    let cached = shared.world().cached(now, link);
    if let Some(id) = cached {
        return Ok(id);
    }
    // A few large files at a time; the semaphore is never closed.
    let _turn = shared.fetches.acquire().await;
    let file = fetch(shared, link).await?;
    Ok(shared.world().keep_link(now, link, file))
}

async fn fetch(shared: &Shared, link: &str) -> Result<File, String> {
    let answer = shared.http.get(link).timeout(PATIENCE).send().await;
    let answer = answer.map_err(|_| "Downloading media from weblink failed".to_owned())?;
    let status = answer.status();
    if !status.is_success() {
        return Err(format!(
            "Downloading media from weblink failed with http code {}, status message {}",
            status.as_u16(),
            status.canonical_reason().unwrap_or_default()
        ));
    }
    let mime_type = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("application/octet-stream")
        .to_owned();
    Ok(File::new(mime_type, None, body(answer).await?))
}

async fn body(mut answer: Response) -> Result<Bytes, String> {
    let mut bytes = BytesMut::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= MOST => bytes.extend(chunk),
            Ok(Some(_)) => return Err("Media file size too big.".to_owned()),
            Ok(None) => return Ok(bytes.freeze()),
            Err(_) => return Err("Downloading media from weblink broke off".to_owned()),
        }
    }
}
