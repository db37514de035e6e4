//! What customers see of a number, and the links that lead to it.

use serde_json::{Map, Value, json};

use super::{
    GraphCall,
    error::GraphError,
    fields::is_web_address,
    onboarding::{of_whatsapp, required, success},
};
use crate::{
    rules::{
        ids,
        onboarding::{Link, Profile},
    },
    shared::Shared,
};

const LONGEST_WORDS: usize = 140;
const PICTURE: &str = "profile_picture_url";
const MOST_LINKS: usize = 2_000;
const VERTICALS: [&str; 23] = [
    "UNDEFINED",
    "OTHER",
    "AUTO",
    "BEAUTY",
    "APPAREL",
    "EDU",
    "ENTERTAIN",
    "EVENT_PLAN",
    "FINANCE",
    "GROCERY",
    "GOVT",
    "HOTEL",
    "HEALTH",
    "NONPROFIT",
    "PROF_SERVICES",
    "RETAIL",
    "TRAVEL",
    "RESTAURANT",
    "ALCOHOL",
    "ONLINE_GAMBLING",
    "PHYSICAL_GAMBLING",
    "OTC_DRUGS",
    "NOT_A_BIZ",
];

pub(super) fn read(shared: &Shared, number: usize, call: &GraphCall) -> Value {
    let profile = json!(shared.world().numbers[number].standing.profile);
    let asked = call.query.get("fields").map(String::as_str);
    let mut shown = Map::from_iter([("messaging_product".to_owned(), json!("whatsapp"))]);
    for field in asked.unwrap_or_default().split(',').map(str::trim) {
        let value = &profile[field];
        let empty = value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty);
        if !value.is_null() && !empty {
            shown.insert(field.to_owned(), value.clone());
        }
    }
    json!({"data": [shown]})
}

/// Takes over the fields that are given.
pub(super) fn write(shared: &Shared, number: usize, call: &GraphCall) -> Result<Value, GraphError> {
    of_whatsapp(call)?;
    let body = call.json()?;
    let mut world = shared.world();
    let picture = body["profile_picture_handle"].as_str();
    if picture.is_some_and(|handle| !world.uploads.is_picture(handle)) {
        return Err(GraphError::parameter(
            "Param profile_picture_handle is no handle of an uploaded picture.",
        ));
    }
    let standing = &mut world.numbers[number].standing;
    let mut all = json!(standing.profile);
    for (field, value) in body.as_object().into_iter().flatten() {
        if field != PICTURE && all.get(field).is_some() {
            all[field] = value.clone();
        }
    }
    let profile: Profile = serde_json::from_value(all)
        .map_err(|_| GraphError::parameter("The profile has a field of another type."))?;
    check(&profile, body.get("about").is_some())?;
    standing.profile = profile;
    if let Some(handle) = picture {
        let name = handle.trim_start_matches("4::");
        standing.profile.picture_url = format!("{}/pictures/{name}", shared.url);
    }
    Ok(success())
}

fn check(profile: &Profile, about_given: bool) -> Result<(), GraphError> {
    let too_long = |name: &str, text: &str, most: usize| {
        let long = text.chars().count() > most;
        let words = format!("Param {name} must be at most {most} characters long.");
        if long {
            Err(GraphError::parameter(&words))
        } else {
            Ok(())
        }
    };
    if about_given && profile.about.is_empty() {
        return Err(GraphError::parameter("Param about must not be empty."));
    }
    too_long("about", &profile.about, 139)?;
    too_long("address", &profile.address, 256)?;
    too_long("description", &profile.description, 256)?;
    too_long("email", &profile.email, 128)?;
    for website in &profile.websites {
        too_long("websites", website, 256)?;
    }
    if !profile.email.is_empty() && !profile.email.contains('@') {
        return Err(GraphError::parameter(
            "Param email is no valid email address.",
        ));
    }
    if !profile.websites.iter().all(|site| is_web_address(site)) {
        return Err(GraphError::parameter(
            "Param websites must be addresses that begin with http:// or https://.",
        ));
    }
    if profile.websites.len() > 2 {
        return Err(GraphError::parameter(
            "Param websites must have at most 2 elements.",
        ));
    }
    if !VERTICALS.contains(&profile.vertical.as_str()) {
        return Err(GraphError::parameter(
            "Param vertical is not one of the known verticals.",
        ));
    }
    Ok(())
}

/// Makes a link, or gives the one with this code other words.
pub(super) fn make_link(
    shared: &Shared,
    number: usize,
    call: &GraphCall,
) -> Result<Value, GraphError> {
    let words = required(call, "prefilled_message")?;
    if words.chars().count() > LONGEST_WORDS {
        return Err(GraphError::parameter(
            "Param prefilled_message must be at most 140 characters long.",
        ));
    }
    let mut world = shared.world();
    let world = &mut *world;
    let links = &mut world.numbers[number].standing.links;
    let link = match call.parameter("code") {
        Some(code) => {
            let link = links.iter_mut().find(|link| link.code == code);
            let link = link.ok_or_else(|| call.unknown())?;
            link.words = words;
            link.clone()
        }
        None if links.len() >= MOST_LINKS => {
            return Err(GraphError::parameter("This number has too many links."));
        }
        None => {
            let code = ids::hex_of(&mut world.rng, 7).to_ascii_uppercase();
            links.push(Link { code, words });
            links[links.len() - 1].clone()
        }
    };
    let mut answer = shown(&link);
    if call.parameter("generate_qr_image").is_some() {
        answer["qr_image_url"] = json!(format!("{}/qr/{}", shared.url, link.code));
    }
    Ok(answer)
}

pub(super) fn links(shared: &Shared, number: usize) -> Value {
    let world = shared.world();
    let links = world.numbers[number].standing.links.iter();
    json!({"data": links.map(shown).collect::<Vec<_>>()})
}

pub(super) fn link(
    shared: &Shared,
    number: usize,
    call: &GraphCall,
    code: &str,
) -> Result<Value, GraphError> {
    let world = shared.world();
    let links = &world.numbers[number].standing.links;
    let found = links.iter().find(|link| link.code == code);
    let found = found.ok_or_else(|| call.unknown())?;
    Ok(json!({"data": [shown(found)]}))
}

pub(super) fn delete_link(
    shared: &Shared,
    number: usize,
    call: &GraphCall,
    code: &str,
) -> Result<Value, GraphError> {
    let mut world = shared.world();
    let links = &mut world.numbers[number].standing.links;
    let before = links.len();
    links.retain(|link| link.code != code);
    if links.len() == before {
        return Err(call.unknown());
    }
    Ok(success())
}

fn shown(link: &Link) -> Value {
    json!({
        "code": link.code,
        "prefilled_message": link.words,
        "deep_link_url": format!("https://wa.me/message/{}", link.code),
    })
}
