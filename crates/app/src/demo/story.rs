//! What happened at Casa Turia, a furniture shop in Valencia, until now. Everybody in it is invented.

use jiff::SignedDuration;

/// Somebody who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Customer {
    pub(super) name: &'static str,
    /// Digits; `None`: known to WhatsApp by a username only.
    pub(super) wa_id: Option<&'static str>,
    pub(super) username: Option<&'static str>,
}

const fn by_number(name: &'static str, wa_id: &'static str) -> Customer {
    Customer {
        name,
        wa_id: Some(wa_id),
        username: None,
    }
}

const LUCIA: Customer = by_number("Lucía Ferrer", "34600001234");
const HUGO: Customer = by_number("Hugo Martínez", "34600005518");
const CARMEN: Customer = by_number("Carmen Blasco", "34600007741");
const EMILY: Customer = by_number("Emily Carter", "447700900118");
const FATIMA: Customer = by_number("Fátima Idrissi", "34600003390");
const JOAN: Customer = by_number("Joan Alcaraz", "34600002207");
const PAUL: Customer = by_number("Paul Weber", "4915550100199");
const OLIVIA: Customer = by_number("Olivia Brown", "447700900452");
const NEREA: Customer = Customer {
    name: "Nerea Soler",
    wa_id: None,
    username: Some("nerea.s"),
};

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Agent {
    Marta,
    Ana,
    Jordi,
}

impl Agent {
    pub(super) const ALL: [Self; 3] = [Self::Marta, Self::Ana, Self::Jordi];

    pub(super) const fn email(self) -> &'static str {
        match self {
            Self::Marta => "marta@casaturia.example",
            Self::Ana => "ana@casaturia.example",
            Self::Jordi => "jordi@casaturia.example",
        }
    }
}

/// What happens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Deed {
    /// A customer writes.
    Writes(Customer, &'static str),
    /// A customer who came from an ad writes.
    WritesFromAd(Customer, &'static str),
    /// A customer sends a photo with a caption.
    SendsPhoto(Customer, &'static str),
    /// An agent takes the conversation.
    Takes(Agent, Customer),
    /// An agent answers, and the customer reads it.
    Answers(Agent, Customer, &'static str),
    /// An agent answers, and it is not read yet.
    AnswersUnseen(Agent, Customer, &'static str),
    /// An agent answers, and it does not arrive.
    AnswersInVain(Agent, Customer, &'static str),
    /// An agent leaves a note.
    Notes(Agent, Customer, &'static str),
    /// An agent is done.
    Resolves(Agent, Customer),
}

/// So many minutes before now, this.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) minutes_ago: i64,
    pub(super) deed: Deed,
}

const fn at(minutes_ago: i64, deed: Deed) -> Step {
    Step { minutes_ago, deed }
}

/// How long it took.
pub(super) fn length(steps: &[Step]) -> SignedDuration {
    SignedDuration::from_mins(steps.first().map_or(0, |first| first.minutes_ago))
}

use Agent::{Ana, Jordi, Marta};
use Deed::{
    Answers, AnswersInVain, AnswersUnseen, Notes, Resolves, SendsPhoto, Takes, Writes, WritesFromAd,
};

#[rustfmt::skip]
pub(super) const STEPS: &[Step] = &[
    at(1720, Writes(HUGO, "Buenos días. Quiero devolver el sillón Malvarrosa, al final no cabe en el despacho.")),
    at(1718, Takes(Marta, HUGO)),
    at(1716, Answers(Marta, HUGO, "Buenos días, Hugo. Sin problema, estás en plazo. ¿Conservas el embalaje?")),
    at(1597, Writes(HUGO, "Sí, lo tengo todo. Además me falta el recibo.")),
    at(1588, Writes(HUGO, "¿Podéis recoger el sillón el lunes?")),
    at(1500, Writes(PAUL, "Hello, could you send me the invoice for the two lamps?")),
    at(1490, Takes(Jordi, PAUL)),
    at(1488, Answers(Jordi, PAUL, "Of course, Paul. It is in your mailbox now.")),
    at(1480, Writes(PAUL, "Thanks, the invoice arrived.")),
    at(1478, Resolves(Jordi, PAUL)),
    at(1392, SendsPhoto(CARMEN, "Así ha llegado la caja")),
    at(1390, Takes(Marta, CARMEN)),
    at(1262, Writes(LUCIA, "La mesa llegó con un golpe en una pata.")),
    at(1260, Takes(Marta, LUCIA)),
    at(1256, Answers(Marta, LUCIA, "Hola Lucía, lo siento. Te enviamos una pata nueva sin coste. ¿Prefieres que la cambie el montador?")),
    at(1248, Writes(LUCIA, "Sí, que venga él. El viernes por la tarde me va bien.")),
    at(210, WritesFromAd(OLIVIA, "Hi! Is the Malvarrosa lamp from the ad back in stock?")),
    at(208, Takes(Ana, OLIVIA)),
    at(206, Answers(Ana, OLIVIA, "Hello Olivia, the Malvarrosa lamp is back in stock. Shall I keep one for you?")),
    at(140, Writes(JOAN, "Bon dia, ja està la cadira?")),
    at(139, Takes(Jordi, JOAN)),
    at(138, Answers(Jordi, JOAN, "Bon dia, Joan. Sí, la tens a la botiga.")),
    at(137, Writes(JOAN, "Perfecte, gràcies! Dissabte passe a recollir-la.")),
    at(110, Writes(FATIMA, "Hola, ¿cuándo estará listo mi pedido?")),
    at(107, Takes(Ana, FATIMA)),
    at(106, AnswersInVain(Ana, FATIMA, "Su pedido CT-2819 está listo para recoger.")),
    at(28, Notes(Ana, LUCIA, "El taller tiene la pata. Sale mañana, de 16:00 a 18:00.")),
    at(21, AnswersUnseen(Marta, LUCIA, "La pata sale mañana en la ruta de tu barrio.")),
    at(5, Writes(EMILY, "Could you deliver on Saturday morning instead?")),
    at(4, Takes(Ana, EMILY)),
    at(2, Writes(NEREA, "Me encanta el sofá Turia. ¿Lo tenéis en verde salvia?")),
];
