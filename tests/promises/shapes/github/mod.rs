//! GitHub's REST API, as an app that is installed in a repository.

mod issues;
mod links;
mod repos;

use std::time::Duration;

use reauth::{ApiError, BoxError, Cached, Pages, Raw, Response, Result, Token, TokenRequest, TokenSource, api_client};
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::wire::Wire;

type GithubResult<T> = Result<T, ApiError<GithubError>>;

/// What GitHub says with a 4xx.
#[derive(Debug, Deserialize)]
struct GithubError {
    message: String,
    /// Of a 422.
    #[serde(default)]
    errors: Vec<Invalid>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Invalid {
    resource: String,
    field: String,
    code: String,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Issue {
    number: u64,
    title: String,
}

#[derive(Debug, Serialize)]
struct NewIssue<'a> {
    title: &'a str,
    labels: &'a [&'a str],
}

#[derive(Debug, Default, Serialize)]
struct IssueFilter<'a> {
    state: Option<State>,
    labels: Option<&'a str>,
    per_page: Option<u8>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Open,
}

#[api_client(auth = "Cached<Installation>")]
#[headers("Accept: application/vnd.github+json", "X-GitHub-Api-Version: 2022-11-28")]
trait GithubIssues {
    #[get("/repos/{owner}/{repo}/issues")]
    async fn issues(
        &self,
        owner: &str,
        repo: &str,
        #[query(flatten)] filter: &IssueFilter<'_>,
    ) -> GithubResult<Pages<Vec<Issue>>>;

    /// `None` where there is none with this number; a 304 where it is still the one that `etag` stands for.
    #[get("/repos/{owner}/{repo}/issues/{number}")]
    async fn issue(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        #[header("If-None-Match")] etag: Option<&str>,
    ) -> GithubResult<Response<Option<Issue>>>;

    #[post("/repos/{owner}/{repo}/issues")]
    async fn open(&self, owner: &str, repo: &str, #[body] issue: &NewIssue<'_>) -> GithubResult<Issue>;
}

#[derive(Debug, Deserialize)]
struct Entry {
    sha: String,
    download_url: String,
}

#[derive(Debug, Deserialize)]
struct Release {
    upload_url: String,
}

#[derive(Debug, Deserialize)]
struct Asset {
    id: u64,
}

#[api_client(auth = "Cached<Installation>")]
#[headers("Accept: application/vnd.github+json", "X-GitHub-Api-Version: 2022-11-28")]
trait GithubRepos {
    #[get("/repos/{owner}/{repo}/contents/{*path}")]
    async fn entry(
        &self,
        owner: &str,
        repo: &str,
        path: &str,
        #[query("ref")] reference: Option<&str>,
    ) -> GithubResult<Option<Entry>>;

    /// The same file as it is.
    #[get("/repos/{owner}/{repo}/contents/{*path}")]
    #[headers("Accept: application/vnd.github.raw+json")]
    async fn content(&self, owner: &str, repo: &str, path: &str) -> GithubResult<Raw>;

    /// Anything that has a `download_url`, wherever that leads.
    #[get(auth = "none")]
    #[headers("Accept: */*")]
    async fn download(&self, #[url] download_url: &str) -> GithubResult<Raw>;

    #[get("/repos/{owner}/{repo}/releases/latest")]
    async fn latest(&self, owner: &str, repo: &str) -> GithubResult<Release>;

    /// To the same server, as GitHub Enterprise Server has it.
    #[post]
    async fn upload(&self, #[url] upload_url: &str, #[query] name: &str, #[body] asset: Raw) -> GithubResult<Asset>;
}

/// An app proves who it is by a JWT, signed with its key; that is another library's work.
#[derive(Debug)]
struct AppKey;

impl TokenSource for AppKey {
    async fn fetch(&self, _: &TokenRequest) -> Result<Token, BoxError> {
        Ok(Token::bearer("app.signed.jwt")?.expires_in(Duration::from_secs(600)))
    }
}

#[derive(Deserialize)]
struct InstallationToken {
    token: String,
}

#[api_client(auth = "Cached<AppKey>")]
#[headers("Accept: application/vnd.github+json")]
trait GithubApps {
    #[post("/app/installations/{installation}/access_tokens")]
    async fn token(&self, installation: u64) -> Result<InstallationToken>;
}

/// For the token of an installation the app asks GitHub itself: a client behind a client.
struct Installation(GithubAppsClient);

impl TokenSource for Installation {
    async fn fetch(&self, _: &TokenRequest) -> Result<Token, BoxError> {
        let issued = self.0.token(1).await?;
        Ok(Token::bearer(issued.token)?.expires_in(Duration::from_secs(3600)))
    }
}

const TOKEN_REQUEST: &str = "
POST /app/installations/1/access_tokens HTTP/1.1
accept: application/vnd.github+json
authorization: Bearer app.signed.jwt
content-length: 0
host: {host}
user-agent: reauth/{version}
";

const TOKEN: &str = r#"
HTTP/1.1 201 Created
content-type: application/json; charset=utf-8

{"token":"ghs_16C7e42F292c6912E7710c838347Ae178B4a","expires_at":"2016-07-11T22:14:10Z"}
"#;

struct Github {
    /// Where its tokens come from.
    apps: Wire,
    api: Wire,
    issues: GithubIssuesClient,
    repos: GithubReposClient,
}

async fn github<A: Into<Answer>>(answers: impl IntoIterator<Item = A>) -> Github {
    let (apps, api) = (Wire::start([TOKEN]).await, Wire::start(answers).await);
    let installation = Installation(GithubAppsClient::new(apps.url(), Cached::new(AppKey)).unwrap());
    let (issues, repos) = GithubIssuesClient::builder(api.url(), Cached::new(installation))
        .and::<GithubReposClient>()
        .build()
        .unwrap();
    Github {
        apps,
        api,
        issues,
        repos,
    }
}
