//! Any value stays where it stands in the path, also to a parser that decodes once too often.

use percent_encoding::percent_decode_str;
use reauth_fuzz::Verdict;
use reqwest::Url;

use super::*;

#[test]
fn s05_path_values() {
    reauth_fuzz::text("path_values", |value| {
        let (mut one, mut several) = ("/a/".to_owned(), "/a/".to_owned());
        let taken = push_segment(&mut one, &value).is_ok();
        let taken_as_several = push_segments(&mut several, &value).is_ok();
        let once_more = percent_decode_str(value).decode_utf8_lossy();
        let leads_up = once_more
            .split(['/', '\\'])
            .any(|segment| matches!(segment, "." | ".."));
        let is_refused = value.is_empty() || leads_up || value.contains(char::is_control);
        assert_eq!(taken, !is_refused);
        assert_eq!(
            taken_as_several,
            !is_refused && value.split('/').all(|segment| !segment.is_empty())
        );
        for (path, taken, segments) in [(&one, taken, 1), (&several, taken_as_several, value.split('/').count())] {
            if !taken {
                assert_eq!(path, "/a/", "nothing is left behind");
                continue;
            }
            // As a part of a longer path, to which neither the scheme nor the host belongs.
            let url = Url::parse(&format!("https://x.example{path}/b")).expect("a URL");
            assert_eq!(url.path(), format!("{path}/b"), "nothing to normalize");
            assert_eq!(
                (url.host_str(), url.query(), url.fragment()),
                (Some("x.example"), None, None)
            );
            let seen: Vec<&str> = url.path_segments().expect("segments").collect();
            assert_eq!(seen.len(), segments + 2, "{url}");
            let value_seen = seen[1..=segments].join("/");
            assert_eq!(percent_decode_str(&value_seen).decode_utf8().expect("text"), value);
        }
        if taken { Verdict::Taken } else { Verdict::Refused }
    });
}
