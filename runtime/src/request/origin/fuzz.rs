//! Wherever a link leads, it is with the API, or it is refused without a word of what it holds.

use reauth_fuzz::Verdict;

use super::*;

#[test]
fn s04_links() {
    let base = Url::parse("https://api.example.com:8443/v1/").expect("a URL");
    reauth_fuzz::text("links", |link| {
        let anywhere = any_origin(&base, link);
        let here = same_origin(&base, link);
        match (&anywhere, &here) {
            (Ok(url), Ok(same)) => {
                assert_eq!(url, same);
                assert_eq!(
                    (url.scheme(), url.host_str(), url.port()),
                    ("https", Some("api.example.com"), Some(8443))
                );
            }
            (Ok(url), Err(_)) => assert_ne!(url.origin(), base.origin()),
            (Err(_), Ok(url)) => panic!("{url} is refused where more is allowed"),
            (Err(_), Err(_)) => {}
        }
        for url in anywhere.iter().chain(&here) {
            assert_eq!(
                (url.scheme(), url.username(), url.password(), url.fragment()),
                ("https", "", None, None)
            );
            // As it is sent: nothing that another parser takes for the end of a line or of the target.
            assert!(url.as_str().bytes().all(|byte| byte.is_ascii_graphic()), "{url}");
            assert_eq!(
                any_origin(&base, url.as_str()).ok().as_ref(),
                Some(url),
                "it leads to itself"
            );
        }
        for problem in anywhere.as_ref().err().into_iter().chain(here.as_ref().err()) {
            let problem = problem.to_string();
            // Where it leads is told, and nothing but that.
            let host = base.join(link).ok().and_then(|url| url.host_str().map(str::to_owned));
            assert!(
                host.is_some_and(|host| host.contains("canary")) || !problem.contains("canary"),
                "{problem}"
            );
            assert!(crate::fuzz::is_plain(&problem), "{problem}");
        }
        Verdict::from(&here)
    });
}
