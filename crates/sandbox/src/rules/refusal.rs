//! Meta's error codes: number, HTTP status, title and the details given with them.

/// A refusal by one of Meta's rules, at once or later in a `failed` status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Meta's number.
    pub(crate) code: u32,
    /// What Meta says beyond the title.
    pub(crate) details: String,
}

impl Refusal {
    /// The refusal `code` with the details Meta usually gives.
    #[must_use]
    pub(crate) fn of(code: u32) -> Self {
        Self::with(code, row(code).3)
    }

    /// The refusal `code` with details of its own.
    pub(crate) fn with(code: u32, details: impl Into<String>) -> Self {
        Self {
            code,
            details: details.into(),
        }
    }

    /// The short text of the code.
    #[must_use]
    pub(crate) fn title(&self) -> &'static str {
        row(self.code).2
    }

    /// The HTTP status Meta answers with.
    #[must_use]
    pub(crate) fn http(&self) -> u16 {
        row(self.code).1
    }
}

type Row = (u32, u16, &'static str, &'static str);

fn row(code: u32) -> Row {
    ROWS.iter().find(|row| row.0 == code).copied().unwrap_or((
        code,
        400,
        "Unknown error",
        "An injected failure.",
    ))
}

const ROWS: [Row; 72] = [
    (
        0,
        401,
        "AuthException",
        "We were unable to authenticate the app user.",
    ),
    (
        1,
        400,
        "API Unknown",
        "Invalid request or possible server error.",
    ),
    (
        2,
        503,
        "Service temporarily unavailable",
        "Temporary due to downtime or due to being overloaded.",
    ),
    (3, 500, "API Method", "Capability or permissions issue."),
    (
        4,
        400,
        "Application request limit reached",
        "The app has reached its API call rate limit.",
    ),
    (
        10,
        403,
        "Application does not have permission for this action",
        "Permission is either not granted or has been removed.",
    ),
    (
        33,
        400,
        "Parameter value is not valid",
        "The business phone number has been deleted.",
    ),
    (
        100,
        400,
        "Invalid parameter",
        "The request included one or more unsupported or misspelled parameters.",
    ),
    (
        190,
        401,
        "Invalid OAuth access token",
        "Your access token has expired.",
    ),
    (
        200,
        403,
        "Permissions error",
        "You do not have the necessary permissions.",
    ),
    (
        368,
        403,
        "Temporarily blocked for policies violations",
        "The account has been restricted or disabled for violating a platform policy.",
    ),
    (
        80_007,
        400,
        "Rate limit issues",
        "The WhatsApp Business Account has reached its rate limit.",
    ),
    (
        130_403,
        400,
        "User is blocked",
        "You have blocked this user.",
    ),
    (
        130_429,
        400,
        "Rate limit hit",
        "Cloud API message throughput has been reached.",
    ),
    (
        130_472,
        400,
        "User's number is part of an experiment",
        "Message was not sent as part of an experiment.",
    ),
    (
        130_497,
        403,
        "Business account is restricted from messaging users in this country",
        "The account is restricted from messaging users in certain countries.",
    ),
    (
        131_000,
        500,
        "Something went wrong",
        "Message failed to send due to an unknown error.",
    ),
    (
        131_005,
        403,
        "Access denied",
        "Permission is either not granted or has been removed.",
    ),
    (
        131_008,
        400,
        "Required parameter is missing",
        "The request is missing a required parameter.",
    ),
    (
        131_009,
        400,
        "Parameter value is not valid",
        "One or more parameter values are invalid.",
    ),
    (
        131_016,
        500,
        "Service unavailable",
        "A service is temporarily unavailable.",
    ),
    (
        131_021,
        400,
        "Recipient cannot be sender",
        "Sender and recipient phone number is the same.",
    ),
    (
        131_026,
        400,
        "Message undeliverable",
        "Message Undeliverable.",
    ),
    (
        131_030,
        400,
        "Recipient phone number not in allowed list",
        "Add recipient phone number to recipient list and try again.",
    ),
    (
        131_031,
        403,
        "Account has been locked",
        "The account has been restricted or disabled, or its two-step PIN does not match.",
    ),
    (
        131_037,
        400,
        "Display name approval needed",
        "The number needs an approved display name before it can send.",
    ),
    (
        131_042,
        400,
        "Business eligibility payment issue",
        "There was an error related to your payment method.",
    ),
    (
        131_045,
        500,
        "Message failed to send because of a registration error",
        "The certificate of the phone number is wrong.",
    ),
    (
        131_047,
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
    ),
    (
        131_048,
        400,
        "Spam rate limit hit",
        "Message failed to send because there are restrictions on how many messages can be sent from this phone number.",
    ),
    (
        131_049,
        400,
        "This message was not delivered to maintain healthy ecosystem engagement.",
        "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
    ),
    (
        131_050,
        400,
        "User has stopped receiving marketing messages",
        "The recipient chose to stop receiving marketing messages from your business.",
    ),
    (
        131_051,
        400,
        "Unsupported message type",
        "Message type is not currently supported.",
    ),
    (
        131_052,
        400,
        "Media download error",
        "Unable to download the media sent by the user.",
    ),
    (
        131_053,
        400,
        "Media upload error",
        "Unable to upload the media used in the message.",
    ),
    (
        131_056,
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.",
    ),
    (
        131_057,
        500,
        "Account in maintenance mode",
        "Business Account is in maintenance mode.",
    ),
    (
        131_062,
        400,
        "Recipient not supported",
        "This message cannot be sent to a business-scoped user id.",
    ),
    (
        131_063,
        400,
        "Marketing templates disabled",
        "Marketing templates are disabled on Cloud API for this account.",
    ),
    (
        131_064,
        400,
        "Messaging limit reached",
        "The limit was reached because templates were misclassified.",
    ),
    (
        132_000,
        400,
        "Template parameter count mismatch",
        "The number of parameters does not match the template.",
    ),
    (
        132_001,
        404,
        "Template name does not exist in the translation",
        "The template does not exist in the specified language or has not been approved.",
    ),
    (
        132_005,
        400,
        "Template hydrated text too long",
        "The text with its parameters is too long.",
    ),
    (
        132_007,
        400,
        "Template format character policy violated",
        "The content of the template violates a policy.",
    ),
    (
        132_008,
        400,
        "Template parameter value invalid",
        "A parameter of the template has a value that is not allowed.",
    ),
    (
        132_012,
        400,
        "Template parameter format mismatch",
        "The parameters are not formatted as the template says.",
    ),
    (
        132_015,
        400,
        "Template is paused",
        "The template is paused due to low quality.",
    ),
    (
        132_016,
        400,
        "Template is disabled",
        "The template was paused too many times and is disabled for good.",
    ),
    (
        132_018,
        400,
        "Template validation error",
        "The template cannot be used in this message.",
    ),
    (
        132_068,
        400,
        "Flow is blocked",
        "The flow is in a blocked state.",
    ),
    (
        132_069,
        400,
        "Flow is throttled",
        "The flow is throttled: 10 messages an hour were sent with it.",
    ),
    (
        133_000,
        500,
        "Incomplete deregistration",
        "A deregistration has failed before; deregister again.",
    ),
    (
        133_004,
        503,
        "Server temporarily unavailable",
        "The registration server is temporarily unavailable.",
    ),
    (
        133_005,
        400,
        "Two-step verification PIN mismatch",
        "The two-step verification PIN is wrong.",
    ),
    (
        133_006,
        400,
        "Phone number re-verification needed",
        "The phone number must be verified before it is registered.",
    ),
    (
        133_008,
        400,
        "Too many two-step verification PIN guesses",
        "Too many wrong PINs were given for this number.",
    ),
    (
        133_009,
        400,
        "Two-step verification PIN guessed too fast",
        "The PIN was entered too quickly.",
    ),
    (
        133_010,
        400,
        "Phone number not registered",
        "The business phone number is not registered on the WhatsApp Business Platform.",
    ),
    (
        133_015,
        400,
        "Please wait before you register the number",
        "The number was deleted a few minutes ago.",
    ),
    (
        133_016,
        400,
        "Account register deregister rate limit exceeded",
        "The number was registered or deregistered too often in 72 hours.",
    ),
    (
        134_011,
        400,
        "WhatsApp payments terms have not been accepted",
        "Accept the payments terms first.",
    ),
    (
        134_100,
        400,
        "Only marketing messages supported",
        "The Marketing Messages API takes marketing templates only.",
    ),
    (
        134_101,
        400,
        "Template is still syncing",
        "The template is not ready for the Marketing Messages API yet.",
    ),
    (
        134_102,
        500,
        "Template unavailable",
        "The template is unavailable for the Marketing Messages API.",
    ),
    (
        135_000,
        400,
        "Generic user error",
        "Message failed to send because of an error in its parameters.",
    ),
    (
        136_024,
        400,
        "Verification code not sent",
        "The verification code could not be requested.",
    ),
    (
        136_025,
        400,
        "Verification code not verified",
        "The code could not be verified.",
    ),
    (
        137_000,
        400,
        "Identity key hash mismatch",
        "The given identity key hash is not the user's.",
    ),
    (
        139_100,
        400,
        "User not blocked",
        "The user could not be blocked.",
    ),
    (
        139_101,
        400,
        "Block list full",
        "The list of blocked users has reached its limit.",
    ),
    (
        139_102,
        400,
        "Block list changed meanwhile",
        "The list of blocked users was changed meanwhile.",
    ),
    (
        139_103,
        400,
        "User not blocked, internal error",
        "The user could not be blocked because of an internal error.",
    ),
];
