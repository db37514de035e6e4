//! Messages with something to tap on.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    GraphError, MediaKind, Said, attachment, is_web_address, maybe_words, missing, words, wrong,
};

const BODY: usize = 1_024;
const LIST_BODY: usize = 4_096;
const FOOTER: usize = 60;
const HEADER: usize = 60;
const BUTTONS: usize = 3;
const SECTIONS: usize = 10;
const ROWS: usize = 10;

const ACTION: &str = "interactive['action']";
const PARAMETERS: &str = "interactive['action']['parameters']";

pub(super) fn of(object: &Value) -> Result<Said, GraphError> {
    let kind = words(object, "type", "interactive", 64)?;
    let action = &object["action"];
    if !action.is_object() {
        return Err(missing(ACTION));
    }
    match kind {
        "button" => buttons(action)?,
        "list" => list(action)?,
        "cta_url" => link(action)?,
        "flow" => flow(action)?,
        "location_request_message" => named(action, "send_location")?,
        "request_contact_info" => named(action, "request_contact_info")?,
        kind => {
            return Err(GraphError::refused(
                131_051,
                format!("The sandbox cannot send interactive messages of type {kind} yet."),
            ));
        }
    }
    let most = if kind == "list" { LIST_BODY } else { BODY };
    let body = words(&object["body"], "text", "interactive['body']", most)?;
    if !object["footer"].is_null() {
        words(&object["footer"], "text", "interactive['footer']", FOOTER)?;
    }
    Ok(Said {
        attachment: header(kind, &object["header"])?,
        ..Said::words(body)
    })
}

/// A text, or a file above the body; the header of a list is a text.
fn header(
    kind: &str,
    header: &Value,
) -> Result<Option<crate::rules::send::Attachment>, GraphError> {
    const PLACE: &str = "interactive['header']";
    if header.is_null() {
        return Ok(None);
    }
    let word = words(header, "type", PLACE, 64)?;
    if word == "text" {
        words(header, "text", PLACE, HEADER)?;
        return Ok(None);
    }
    let media = match word {
        "image" => MediaKind::Image,
        "video" => MediaKind::Video,
        "document" => MediaKind::Document,
        _ => return Err(wrong("interactive['header']['type'] is not valid.")),
    };
    if !matches!(kind, "button" | "cta_url" | "flow") {
        return Err(wrong(&format!(
            "A header of type {word} is not valid for interactive messages of type {kind}."
        )));
    }
    let place = format!("{PLACE}['{word}']");
    attachment(media, false, &header[word], &place).map(Some)
}

fn items<'a>(
    object: &'a Value,
    field: &str,
    place: &str,
    most: usize,
) -> Result<&'a [Value], GraphError> {
    let items = object[field]
        .as_array()
        .ok_or_else(|| missing(&format!("{place}['{field}']")))?;
    if (1..=most).contains(&items.len()) {
        return Ok(items);
    }
    Err(wrong(&format!(
        "{place}['{field}'] count invalid. Min: 1, Max: {most}"
    )))
}

fn buttons(action: &Value) -> Result<(), GraphError> {
    let (mut ids, mut titles) = (HashSet::new(), HashSet::new());
    for (index, button) in items(action, "buttons", ACTION, BUTTONS)?
        .iter()
        .enumerate()
    {
        let place = format!("{ACTION}['buttons'][{index}]");
        if words(button, "type", &place, 64)? != "reply" {
            return Err(wrong(&format!("{place}['type'] must be reply.")));
        }
        let (reply, place) = (&button["reply"], format!("{place}['reply']"));
        if !ids.insert(words(reply, "id", &place, 256)?) {
            return Err(wrong("Button ids are not unique."));
        }
        if !titles.insert(words(reply, "title", &place, 20)?) {
            return Err(wrong("Button titles are not unique."));
        }
    }
    Ok(())
}

fn list(action: &Value) -> Result<(), GraphError> {
    words(action, "button", ACTION, 20)?;
    let sections = items(action, "sections", ACTION, SECTIONS)?;
    let mut ids = HashSet::new();
    let mut count = 0;
    for (index, section) in sections.iter().enumerate() {
        let place = format!("{ACTION}['sections'][{index}]");
        if sections.len() > 1 {
            words(section, "title", &place, 24)?;
        }
        maybe_words(section, "title", &place, 24)?;
        for (index, row) in items(section, "rows", &place, ROWS)?.iter().enumerate() {
            let place = format!("{place}['rows'][{index}]");
            if !ids.insert(words(row, "id", &place, 200)?) {
                return Err(wrong("Row ids are not unique."));
            }
            words(row, "title", &place, 24)?;
            maybe_words(row, "description", &place, 72)?;
            count += 1;
        }
    }
    if count > ROWS {
        return Err(wrong(&format!(
            "Total row count exceeds max allowed count: {ROWS}"
        )));
    }
    Ok(())
}

fn link(action: &Value) -> Result<(), GraphError> {
    named(action, "cta_url")?;
    let parameters = &action["parameters"];
    words(parameters, "display_text", PARAMETERS, 20)?;
    if !is_web_address(words(parameters, "url", PARAMETERS, 2_000)?) {
        return Err(wrong(&format!("{PARAMETERS}['url'] is not a valid URI.")));
    }
    Ok(())
}

fn flow(action: &Value) -> Result<(), GraphError> {
    named(action, "flow")?;
    let parameters = &action["parameters"];
    words(parameters, "flow_message_version", PARAMETERS, 8)?;
    words(parameters, "flow_cta", PARAMETERS, 30)?;
    let by = if parameters["flow_id"].is_null() {
        "flow_name"
    } else {
        "flow_id"
    };
    words(parameters, by, PARAMETERS, 200).map(|_| ())
}

fn named(action: &Value, name: &str) -> Result<(), GraphError> {
    if words(action, "name", ACTION, 64)? == name {
        return Ok(());
    }
    Err(wrong(&format!("{ACTION}['name'] must be {name}.")))
}
