//! What the sample customers wrote before the start.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::{
    rules::{World, inbound::Inbound},
    shared::Shared,
};

/// How a customer found the business.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Contacts,
    Ad,
}

/// Who (by place in the list), how many minutes ago, what, whence. The last customer never writes first.
const OPENINGS: [(usize, i64, &str, From); 8] = [
    (
        3,
        30 * 60,
        "Hola, ¿me podéis enviar la factura del pedido 4871?",
        From::Contacts,
    ),
    (
        1,
        22 * 60 + 30,
        "Hi! Do you deliver to Manchester?",
        From::Contacts,
    ),
    (
        5,
        26,
        "Buenas tardes, vi su anuncio. ¿Hacen envíos a México?",
        From::Ad,
    ),
    (
        2,
        18,
        "¿Tenéis la silla Malva en verde salvia?",
        From::Contacts,
    ),
    (0, 12, "Hola, ¿tenéis mesas extensibles?", From::Contacts),
    (0, 11, "Busco una de 180 cm 🙂", From::Contacts),
    (
        4,
        7,
        "The lamp arrived with a cracked shade. What can we do?",
        From::Contacts,
    ),
    (2, 3, "Es para un regalo, gracias", From::Contacts),
];

/// Lets the sample customers write, if the sandbox was started with sample data.
pub(crate) fn write(shared: &Arc<Shared>) {
    if !shared.start.sample {
        return;
    }
    let now = shared.now();
    for (customer, minutes, text, from) in OPENINGS {
        let at = now - SignedDuration::from_mins(minutes);
        let (_, update) = open(&mut shared.world(), at, customer, text, from);
        shared.tell(update);
    }
}

fn open(
    world: &mut World,
    at: Timestamp,
    customer: usize,
    text: &str,
    from: From,
) -> (String, crate::payload::Update) {
    let mut inbound = Inbound::text(text);
    if from == From::Ad {
        inbound.referral = Some(json!({
            "source_url": "https://fb.me/casa-turia",
            "source_id": "120210000000000001",
            "source_type": "ad",
            "headline": "Casa Turia",
            "body": "Muebles de nogal, hechos en Valencia",
            "media_type": "image",
            "image_url": "https://casaturia.example/albufera.jpg",
            "ctwa_clid": "ARAkLkA8rmlFeiCktEJQ-QTwRiyYHAFDLMNDBH0CD3qpjd0HR4irJ6LEkR7JwFF4XvnO2E4Nx0-eM-GABDLOPaOdRMv-_zfUQ2a",
        }));
    }
    world.receive(at, 0, customer, inbound)
}
