//! Calls of the account host that are not about one open database (accurate-online-api.md §2.1, §2.2, §1.6).

use crate::connection::{Auth, Call, Connection};
use crate::outcome::CallError;
use crate::scopes::SCOPES;
use crate::session::BoundDatabase;
use crate::wire::{flag, integer, optional_flag, optional_text, rows, text, text_list};
use selaras_domain::accurate::Database;
use selaras_domain::ids::DatabaseId;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Rows {
    #[serde(default, deserialize_with = "rows")]
    d: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct DatabaseRow {
    #[serde(deserialize_with = "integer")]
    id: i64,
    #[serde(default, deserialize_with = "text")]
    alias: String,
    #[serde(default, deserialize_with = "flag")]
    trial: bool,
    #[serde(default, deserialize_with = "flag")]
    expired: bool,
    #[serde(default, deserialize_with = "optional_flag")]
    admin: Option<bool>,
    #[serde(default, rename = "licenseEnd", deserialize_with = "optional_text")]
    licence_end: Option<String>,
}

/// Every database of the sign-in; in API-token mode the one that the token is bound to.
pub(crate) async fn databases(connection: &Connection) -> Result<Vec<Database>, CallError> {
    if let Auth::ApiToken { .. } = connection.auth {
        let (bound, _) = api_token(connection).await?;
        let licence = bound.license;
        return Ok(vec![Database {
            id: DatabaseId(bound.id),
            alias: bound.alias.unwrap_or_default(),
            trial: licence.as_ref().is_some_and(|licence| licence.trial),
            // The token of an expired database is refused.
            expired: false,
            admin: bound.admin,
            licence_end: licence.and_then(|licence| licence.end),
        }]);
    }
    let answer = connection.account(&Call::read("api/db-list.do", "", Vec::new())).await?;
    Ok(answer
        .decode::<Rows>("db-list")?
        .d
        .iter()
        .filter_map(|row| {
            // One that has no id cannot be opened, and hides none of the others.
            let row: DatabaseRow = serde_json::from_str(row.get()).ok()?;
            Some(Database {
                id: DatabaseId(row.id),
                alias: row.alias,
                trial: row.trial,
                expired: row.expired,
                admin: row.admin,
                licence_end: row.licence_end,
            })
        })
        .collect())
}

#[derive(Deserialize)]
struct ScopeNames {
    #[serde(default, deserialize_with = "text_list")]
    d: Vec<String>,
}

/// What was granted; a consent can grant a subset (§1.2).
pub(crate) async fn scopes(connection: &Connection) -> Result<Vec<String>, CallError> {
    let answer = connection.account(&Call::read("api/approved-scope.do", "", Vec::new())).await;
    match answer {
        Ok(answer) => {
            let names = answer.decode::<ScopeNames>("approved-scope")?.d;
            Ok(names.iter().flat_map(|name| name.split_whitespace()).map(str::to_owned).collect())
        }
        Err(CallError::NotOffered { .. } | CallError::Rejected(_) | CallError::Forbidden { .. }) => {
            Ok(match &connection.auth {
                // The token answer says it as well (§1.3).
                Auth::OAuth(tokens) => tokens.pair().scope,
                // An API token has no scopes, but the user's rights (§1.6).
                Auth::ApiToken { .. } => SCOPES.iter().map(|scope| scope.name.to_owned()).collect(),
            })
        }
        Err(error) => Err(error),
    }
}

#[derive(Deserialize)]
struct ApiTokenAnswer {
    d: ApiTokenDetail,
}

#[derive(Deserialize)]
struct ApiTokenDetail {
    // One circulating copy of the document translates the key (§1.6).
    #[serde(alias = "data usaha")]
    database: BoundDatabase,
    #[serde(default)]
    user: Option<ApiTokenUser>,
}

#[derive(Deserialize)]
struct ApiTokenUser {
    #[serde(default, deserialize_with = "optional_text")]
    email: Option<String>,
}

/// The database of an API token, with its host, and the e-mail of its user.
pub(crate) async fn api_token(connection: &Connection) -> Result<(BoundDatabase, Option<String>), CallError> {
    // GET is the vendor's sample, POST its document (§1.6): a service that refuses one takes the other.
    let mut call = Call::read("api/api-token.do", "", Vec::new());
    let answer = match connection.account(&call).await {
        Err(CallError::NotOffered { .. } | CallError::Rejected(_)) => {
            call.method = reqwest::Method::POST;
            connection.account(&call).await?
        }
        other => other?,
    };
    let detail = answer.decode::<ApiTokenAnswer>("api-token")?.d;
    Ok((detail.database, detail.user.and_then(|user| user.email)))
}
