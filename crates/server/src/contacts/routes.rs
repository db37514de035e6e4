//! Contacts, and what agents do to them.

use axum::Json;
use axum::extract::State;
use domain::text::{BadText, SendableText};
use domain::{ContactId, MediaId, MergeId, NoteId, WorkspaceId};
use serde::{Deserialize, Serialize};
use store::{
    Contact, ContactFile, ContactPage, MOST_ATTRIBUTES, Merge, Merged, PageEnd, Suggestion,
    Unmerged, View,
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::accounts::{Asked, At, Body, May, may, typed_name};
use crate::conversations::{ConversationPage, list_mark, read_list_mark};
use crate::paging::PageSize;
use crate::problem::Problem;

const LONGEST_ATTRIBUTE_NAME: usize = 40;
const LONGEST_ATTRIBUTE: usize = 500;

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one, rename))
        .routes(routes!(conversations))
        .routes(routes!(files))
        .routes(routes!(add_note))
        .routes(routes!(remove_note))
        .routes(routes!(set_attribute))
        .routes(routes!(dismiss))
        .routes(routes!(merge))
        .routes(routes!(undo))
}

/// Which page of the contacts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Listing {
    /// Find by name, number or username instead.
    q: Option<String>,
    /// The `next` of the page before.
    before: Option<ContactId>,
    /// At most 100.
    limit: Option<i64>,
}

/// A page of contacts.
#[derive(Debug, Serialize, ToSchema)]
struct Contacts {
    items: Vec<Contact>,
    /// Where the next page begins; null after the last.
    next: Option<ContactId>,
}

/// A contact's page.
#[derive(Debug, Serialize, ToSchema)]
struct ContactView {
    #[serde(flatten)]
    page: ContactPage,
    /// Who may be the same person.
    suggestions: Vec<Suggestion>,
}

/// The contacts, the newest first, or those that were found.
#[utoipa::path(get, path = "/workspaces/{ws}/contacts", tag = "contacts", operation_id = "list_contacts",
    params(("ws" = WorkspaceId, Path), Listing), responses((status = 200, body = Contacts)))]
async fn list(
    _caller: May<may::ReadConversations>,
    State(app): State<App>,
    At(ws): At<WorkspaceId>,
    Asked(listing): Asked<Listing>,
) -> Result<Json<Contacts>, Problem> {
    let size = PageSize::of(listing.limit);
    if let Some(typed) = listing.q.as_deref().filter(|q| !q.trim().is_empty()) {
        let items = app.store.find_contacts(ws, typed, size.rows()).await?;
        return Ok(Json(Contacts { items, next: None }));
    }
    let items = app.store.contacts(ws, listing.before, size.rows());
    let items = items.await?;
    let next = size.end(&items).map(|last| last.id);
    Ok(Json(Contacts { items, next }))
}

/// One contact; of one that was merged, the one that it is part of.
#[utoipa::path(get, path = "/workspaces/{ws}/contacts/{id}", tag = "contacts", operation_id = "contact",
    params(("ws" = WorkspaceId, Path), ("id" = ContactId, Path)),
    responses((status = 200, body = ContactView), (status = 404, body = Problem)))]
async fn one(
    _caller: May<may::ReadConversations>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ContactId)>,
) -> Result<Json<ContactView>, Problem> {
    shown(&app, ws, id).await
}

async fn shown(app: &App, ws: WorkspaceId, id: ContactId) -> Result<Json<ContactView>, Problem> {
    let page = app.store.contact_page(ws, id).await?;
    let page = page.ok_or_else(Problem::not_found)?;
    let suggestions = app.store.suggestions(ws, page.id).await?;
    Ok(Json(ContactView { page, suggestions }))
}

/// Answers what a contact became.
async fn changed(
    app: &App,
    ws: WorkspaceId,
    id: ContactId,
    there: bool,
) -> Result<Json<ContactView>, Problem> {
    if !there {
        return Err(Problem::not_found());
    }
    app.live.wake(ws);
    shown(app, ws, id).await
}

/// What there is of a contact, if there is such a contact.
async fn of_somebody<T>(
    app: &App,
    ws: WorkspaceId,
    contact: ContactId,
    items: Vec<T>,
) -> Result<Vec<T>, Problem> {
    if items.is_empty() && app.store.contact_in_short(ws, contact).await?.is_none() {
        return Err(Problem::not_found());
    }
    Ok(items)
}

/// Which page of a contact's conversations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Scroll {
    /// The `next` of the page before.
    before: Option<String>,
    /// At most 100.
    limit: Option<i64>,
}

/// All conversations with a contact, on every channel, the latest first.
#[utoipa::path(get, path = "/workspaces/{ws}/contacts/{id}/conversations", tag = "contacts",
    operation_id = "contact_conversations",
    params(("ws" = WorkspaceId, Path), ("id" = ContactId, Path), Scroll),
    responses((status = 200, body = ConversationPage)))]
async fn conversations(
    caller: May<may::ReadConversations>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ContactId)>,
    Asked(scroll): Asked<Scroll>,
) -> Result<Json<ConversationPage>, Problem> {
    let size = PageSize::of(scroll.limit);
    let before = scroll.before.as_deref().map(read_list_mark).transpose()?;
    let items = app
        .store
        .conversations_with(ws, caller.agent, id, before, size.rows());
    let items = of_somebody(&app, ws, id, items.await?).await?;
    let next = size.end(&items);
    let next = next.map(|last| list_mark(PageEnd::after(View::All, last)));
    Ok(Json(ConversationPage { items, next }))
}

/// Which page of a contact's files.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FilesScroll {
    /// The `next` of the page before.
    before: Option<MediaId>,
    /// At most 100.
    limit: Option<i64>,
}

/// A page of a contact's files.
#[derive(Debug, Serialize, ToSchema)]
struct ContactFiles {
    items: Vec<ContactFile>,
    /// Where the next page begins; null after the last.
    next: Option<MediaId>,
}

/// The files that were sent to and by a contact, on every channel, the newest first.
#[utoipa::path(get, path = "/workspaces/{ws}/contacts/{id}/files", tag = "contacts",
    operation_id = "contact_files",
    params(("ws" = WorkspaceId, Path), ("id" = ContactId, Path), FilesScroll),
    responses((status = 200, body = ContactFiles), (status = 404, body = Problem)))]
async fn files(
    _caller: May<may::ReadConversations>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ContactId)>,
    Asked(scroll): Asked<FilesScroll>,
) -> Result<Json<ContactFiles>, Problem> {
    let size = PageSize::of(scroll.limit);
    let items = app.store.files_with(ws, id, scroll.before, size.rows());
    let items = of_somebody(&app, ws, id, items.await?).await?;
    let next = size.end(&items).map(|last| last.file.id);
    Ok(Json(ContactFiles { items, next }))
}

/// What to call a contact.
#[derive(Debug, Deserialize, ToSchema)]
struct Renaming {
    /// At most 80 characters.
    name: String,
}

/// Give a contact a name; what it calls itself is kept beside it.
#[utoipa::path(patch, path = "/workspaces/{ws}/contacts/{id}", tag = "contacts", operation_id = "rename_contact",
    params(("ws" = WorkspaceId, Path), ("id" = ContactId, Path)), request_body = Renaming,
    responses((status = 200, body = ContactView), (status = 404, body = Problem),
        (status = 422, body = Problem, description = "`name-empty`, `name-too-long`, `name-control-characters`")))]
async fn rename(
    _caller: May<may::ManageContacts>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ContactId)>,
    Body(new): Body<Renaming>,
) -> Result<Json<ContactView>, Problem> {
    let name = typed_name("name", &new.name)?;
    let now = app.clock.now();
    let there = app.store.rename_contact(ws, id, &name, now).await?;
    changed(&app, ws, id, there).await
}

/// A note about a contact.
#[derive(Debug, Deserialize, ToSchema)]
struct NewNote {
    /// At most 4,096 characters.
    text: String,
}

/// Write a note about a contact, for colleagues.
#[utoipa::path(post, path = "/workspaces/{ws}/contacts/{id}/notes", tag = "contacts",
    operation_id = "add_contact_note",
    params(("ws" = WorkspaceId, Path), ("id" = ContactId, Path)), request_body = NewNote,
    responses((status = 200, body = ContactView), (status = 404, body = Problem),
        (status = 422, body = Problem, description = "`text-empty`, `text-too-long`, `text-control-characters`")))]
async fn add_note(
    caller: May<may::ManageContacts>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ContactId)>,
    Body(new): Body<NewNote>,
) -> Result<Json<ContactView>, Problem> {
    let text = SendableText::parse(&new.text).map_err(crate::messages::bad_text)?;
    let note = (caller.agent, text.as_str());
    let now = app.clock.now();
    let there = app.store.add_contact_note(ws, id, note, now).await?;
    changed(&app, ws, id, there).await
}

/// Remove a note of one's own.
#[utoipa::path(delete, path = "/workspaces/{ws}/contacts/{id}/notes/{note}", tag = "contacts",
    operation_id = "remove_contact_note",
    params(("ws" = WorkspaceId, Path), ("id" = ContactId, Path), ("note" = NoteId, Path)),
    responses((status = 200, body = ContactView), (status = 404, body = Problem)))]
async fn remove_note(
    caller: May<may::ManageContacts>,
    State(app): State<App>,
    At((ws, id, note)): At<(WorkspaceId, ContactId, NoteId)>,
) -> Result<Json<ContactView>, Problem> {
    let now = app.clock.now();
    let there = app
        .store
        .remove_contact_note(ws, note, caller.agent, now)
        .await?;
    changed(&app, ws, id, there).await
}

/// An attribute to set or to remove.
#[derive(Debug, Deserialize, ToSchema)]
struct Attribute {
    /// At most 40 characters.
    name: String,
    /// At most 500 characters; null to remove it, and removing is meant only if it is said.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    value: Option<String>,
}

/// Set an attribute of a contact, or remove it.
#[utoipa::path(put, path = "/workspaces/{ws}/contacts/{id}/attributes", tag = "contacts",
    operation_id = "set_contact_attribute",
    params(("ws" = WorkspaceId, Path), ("id" = ContactId, Path)), request_body = Attribute,
    responses((status = 200, body = ContactView), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`too-many-attributes`"),
        (status = 422, body = Problem, description = "`attribute-name-invalid`, `text-empty`, `text-too-long`, `text-control-characters`")))]
async fn set_attribute(
    _caller: May<may::ManageContacts>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ContactId)>,
    Body(new): Body<Attribute>,
) -> Result<Json<ContactView>, Problem> {
    let name = new.name.trim();
    if domain::text::is_blank(name)
        || name.chars().count() > LONGEST_ATTRIBUTE_NAME
        || name.chars().any(char::is_control)
    {
        let title = "A name of an attribute has 1 to 40 characters";
        let problem = Problem::invalid("name", "attribute-name-invalid", title);
        return Err(problem.param("max", LONGEST_ATTRIBUTE_NAME));
    }
    let value = new.value.as_deref().map(attribute_value).transpose()?;
    let attribute = (name, value.as_deref());
    let now = app.clock.now();
    let set = app
        .store
        .set_contact_attribute(ws, id, attribute, now)
        .await?;
    if set == Some(false) {
        let title = "The contact has as many attributes as it may";
        let problem = Problem::conflict("too-many-attributes", title);
        return Err(problem.param("max", MOST_ATTRIBUTES));
    }
    changed(&app, ws, id, set.is_some()).await
}

fn attribute_value(typed: &str) -> Result<String, Problem> {
    let at_value = |why| crate::messages::bad_text(why).field("value");
    let text = SendableText::parse(typed).map_err(at_value)?;
    let length = text.as_str().chars().count();
    if length > LONGEST_ATTRIBUTE {
        let problem = at_value(BadText::TooLong { length });
        return Err(problem.param("max", LONGEST_ATTRIBUTE));
    }
    Ok(text.as_str().to_owned())
}

/// Somebody else.
#[derive(Debug, Deserialize, ToSchema)]
struct NotTheSame {
    /// The other contact.
    other: ContactId,
}

/// Say that two contacts are not the same person: it is not asked again.
#[utoipa::path(post, path = "/workspaces/{ws}/contacts/{id}/not-the-same", tag = "contacts",
    operation_id = "dismiss_suggestion",
    params(("ws" = WorkspaceId, Path), ("id" = ContactId, Path)), request_body = NotTheSame,
    responses((status = 200, body = ContactView), (status = 404, body = Problem)))]
async fn dismiss(
    caller: May<may::ManageContacts>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ContactId)>,
    Body(NotTheSame { other }): Body<NotTheSame>,
) -> Result<Json<ContactView>, Problem> {
    let now = app.clock.now();
    let asked = app
        .store
        .dismiss_suggestions(ws, (id, other), caller.agent, now)
        .await?;
    changed(&app, ws, id, asked).await
}

/// Which of two names stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum NameOf {
    /// That of the contact that stays.
    Kept,
    /// That of the contact that becomes part of it.
    Other,
}

/// Whom to make part of the contact.
#[derive(Debug, Deserialize, ToSchema)]
struct Merging {
    /// The contact that becomes part of this one.
    other: ContactId,
    /// Whose name stays.
    name: NameOf,
}

/// Make another contact part of this one. It can be undone for 30 days.
#[utoipa::path(post, path = "/workspaces/{ws}/contacts/{id}/merge", tag = "contacts", operation_id = "merge_contacts",
    params(("ws" = WorkspaceId, Path), ("id" = ContactId, Path)), request_body = Merging,
    responses((status = 200, body = ContactView), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`one-contact`")))]
async fn merge(
    caller: May<may::ManageContacts>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ContactId)>,
    Body(with): Body<Merging>,
) -> Result<Json<ContactView>, Problem> {
    let merge = Merge {
        from: with.other,
        into: id,
        take_name: with.name == NameOf::Other,
    };
    match app
        .store
        .merge(ws, merge, caller.agent, app.clock.now())
        .await?
    {
        Merged::Done(_) => changed(&app, ws, id, true).await,
        Merged::One => Err(Problem::conflict(
            "one-contact",
            "They are one contact already",
        )),
        Merged::NotThere => Err(Problem::not_found()),
    }
}

/// Undo a merge: the identities that came with it go back to the contact that they came from, which is answered.
#[utoipa::path(post, path = "/workspaces/{ws}/merges/{id}/undo", tag = "contacts", operation_id = "undo_merge",
    params(("ws" = WorkspaceId, Path), ("id" = MergeId, Path)),
    responses((status = 200, body = ContactView), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`merge-too-old`")))]
async fn undo(
    caller: May<may::ManageContacts>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, MergeId)>,
) -> Result<Json<ContactView>, Problem> {
    let now = app.clock.now();
    match app.store.undo_merge(ws, id, caller.agent, now).await? {
        Unmerged::Done(contact) => changed(&app, ws, contact, true).await,
        Unmerged::TooLate => Err(Problem::conflict(
            "merge-too-old",
            "A merge can be undone for 30 days",
        )),
        Unmerged::NotThere => Err(Problem::not_found()),
    }
}
