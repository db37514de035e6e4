//! What customers see of a number, and the links that lead to it.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{CallError, Graph, UnknownCause, call};

const PROFILE_FIELDS: &str =
    "about,address,description,email,profile_picture_url,websites,vertical";

/// A number's business profile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BusinessProfile {
    /// The line under the name.
    pub about: String,
    /// Where the business is.
    pub address: String,
    /// What it does.
    pub description: String,
    /// Where it can be written to.
    pub email: String,
    /// At most two.
    pub websites: Vec<String>,
    /// One of Meta's kinds of business.
    pub vertical: String,
    /// Its picture, for a while.
    #[serde(skip_serializing)]
    pub profile_picture_url: Option<String>,
}

/// A short link into a chat, with words in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ChatLink {
    /// Meta's code for it.
    pub code: String,
    /// The words.
    #[serde(rename = "prefilled_message")]
    pub words: String,
    /// The link.
    #[serde(rename = "deep_link_url")]
    pub url: String,
}

#[derive(Deserialize)]
struct List<T> {
    data: Vec<T>,
}

impl Graph {
    /// A number's business profile.
    pub async fn profile(
        &self,
        token: &str,
        number_id: &str,
    ) -> Result<BusinessProfile, CallError> {
        let path = [number_id, "whatsapp_business_profile"];
        let request = self.get(&path, &[("fields", PROFILE_FIELDS)]);
        let found: List<BusinessProfile> = self.read(request.bearer_auth(token)).await?;
        Ok(found.data.into_iter().next().unwrap_or_default())
    }

    /// Changes a number's business profile. Meta takes no empty "about".
    pub async fn set_profile(
        &self,
        token: &str,
        number_id: &str,
        profile: &BusinessProfile,
    ) -> Result<(), CallError> {
        let mut body = json!(profile);
        body["messaging_product"] = json!("whatsapp");
        for field in ["about", "vertical"] {
            if body[field] == "" {
                body.as_object_mut().map(|body| body.remove(field));
            }
        }
        self.tell(token, &[number_id, "whatsapp_business_profile"], &body)
            .await
    }

    /// Makes a short link with these words.
    pub async fn make_link(
        &self,
        token: &str,
        number_id: &str,
        words: &str,
    ) -> Result<ChatLink, CallError> {
        let body = json!({"prefilled_message": words, "generate_qr_image": "SVG"});
        let url = self.url(&[number_id, "message_qrdls"]);
        let request = self.http.post(url).bearer_auth(token).json(&body);
        let answer = call::ask(request).await?;
        serde_json::from_slice(&answer)
            .map_err(|_| CallError::Unknown(UnknownCause::UnreadableSuccess))
    }

    /// The short links of a number.
    pub async fn links(&self, token: &str, number_id: &str) -> Result<Vec<ChatLink>, CallError> {
        let request = self.get(&[number_id, "message_qrdls"], &[]);
        let found: List<ChatLink> = self.read(request.bearer_auth(token)).await?;
        Ok(found.data)
    }

    /// Ends a short link.
    pub async fn delete_link(
        &self,
        token: &str,
        number_id: &str,
        code: &str,
    ) -> Result<(), CallError> {
        let url = self.url(&[number_id, "message_qrdls", code]);
        call::ask(self.http.delete(url).bearer_auth(token))
            .await
            .map(drop)
    }
}
