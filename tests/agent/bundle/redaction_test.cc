#include "agent/bundle/redaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/bundle/secret_patterns.h"
#include "tests/agent/bundle/planted.h"

namespace fleet::agent {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kHome[] = "/home/mira";
constexpr char kRoot[] = "/home/mira/.local/share/dgmo/project/home-mira-src-payments-api";
// In two parts, so that programs that look for keys in sources leave this file alone.
const std::string kAnthropicKey = std::string("sk-ant") + "-api03-Yq7ZrBv2LkWm9TxD";
constexpr char kSession[] = "ses_816aecd9affetzTJbgUmNbzSey";

Redactor Make(bool anonymise = false) {
  KnownNames known;
  known.homes = {kHome};
  known.roots = {kRoot};
  known.projects = {"home-mira-src-payments-api"};
  known.host = "workbench7";
  known.anonymise = anonymise;
  return Redactor(std::move(known));
}
std::string Without(const std::string& text) {
  std::int64_t count = 0;
  return WithoutSecrets(text, count);
}

TEST(WithoutSecrets, TakesOutWhatItsNameGivesAway) {
  for (const char* text :
       {"password=hunter2", "DB_PASSWORD: hunter2", R"({"apiKey": "hunter2"})", R"({\"token\":\"hunter2\"})",
        "Authorization: Bearer hunter2", "Cookie: a=b; session=hunter2", "x-api-key: hunter2", "--token hunter2",
        "--api-key=hunter2", "export AWS_SECRET_ACCESS_KEY=hunter2", "private_key => hunter2",
        "secret: correct horse hunter2", "password =\n hunter2", "clientSecret='hunter2'", "passphrase:hunter2"}) {
    EXPECT_THAT(Without(text), Not(HasSubstr("hunter2"))) << text;
    EXPECT_THAT(Without(text), HasSubstr("[redacted]")) << text;
  }
}

TEST(WithoutSecrets, TakesOutWhatItsShapeGivesAway) {
  for (const std::string& secret : std::vector<std::string>{
           kAnthropicKey, "sk-proj-abcdefghij0123456789", "ghp_abcdefghijklmnopqrst123456789012345A",
           "github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz", "xoxb-123456789012-abcdefghijkl", "AKIAIOSFODNN7EXAMPLE",
           "AIzaSyA-abcdefghijklmnopqrstuvwxyz12345", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
           "0123456789abcdef0123456789abcdef", "npm_abcdefghijklmnopqrstuvwxyz0123456789",
           "dGhpcyBpcyBhIHNlY3JldCB0aGF0IGlzIGxvbmc5OQ=="}) {
    for (const std::string& text : {secret, "x" + secret, "say " + secret + ".", "\xFF\"" + secret + "\"\n"}) {
      EXPECT_EQ(LeakOf(secret, Without(text)), "") << text << " became " << Without(text);
    }
  }
}

TEST(WithoutSecrets, TakesOutKeysWrittenOverManyLines) {
  const std::string pem =
      "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----";
  EXPECT_EQ(Without("a\n" + pem + "\nb"), "a\n[redacted]\nb");
  EXPECT_EQ(Without("a " + pem.substr(0, 60)), "a [redacted]") << "cut off";
  EXPECT_THAT(Without("-----BEGIN-----END " + pem), Not(HasSubstr("AAAABG5vbmU"))) << "an end that is none";
  EXPECT_THAT(Without("https://example.com" + pem), Not(HasSubstr("AAAABG5vbmU"))) << "right behind an address";
}

TEST(WithoutSecrets, OfAnAddressOnlyTheHostStays) {
  EXPECT_EQ(Without("http://localhost:6333"), "http://localhost:6333");
  EXPECT_EQ(Without("http://127.0.0.1:6333/"), "http://127.0.0.1:6333");
  EXPECT_EQ(Without("https://api.example.com/s/hunter2/mcp?x=y"), "https://*.example.com/[redacted]");
  EXPECT_EQ(Without("https://hunter2.tunnel.example.com"), "https://*.example.com");
  EXPECT_EQ(Without("https://mira:hunter2@example.com/x"), "https://[redacted]");
  EXPECT_EQ(Without("https://mira:hun/ter2@example.com"), "https://[redacted]") << "a password with a slash";
}

TEST(WithoutSecrets, LeavesWordsAlone) {
  for (const char* text : {"cannot open directory: Permission denied", "home-mira-src-payments-api-and-a-long-name-too",
                           kSession, "storage/session/message/ses_816aecd9affetzTJbgUmNbzSey",
                           "2025-07-08T09:16:37.438Z", "3 sessions, newest 2025-07-08"}) {
    EXPECT_EQ(Without(text), text);
  }
}

TEST(RedactPath, KeepsWhatTheLayoutsName) {
  Redactor redactor = Make();
  const std::string info = std::string(kRoot) + "/storage/session/info/" + kSession + ".json";
  EXPECT_EQ(redactor.Path(info), info);
  EXPECT_EQ(redactor.Path("/usr/local/bin/dgmo"), "/usr/local/bin/dgmo");
  EXPECT_TRUE(redactor.counts().empty());
}

TEST(RedactPath, NumbersWhatSomebodyNamed) {
  Redactor redactor = Make();
  const std::string folder = std::string(kRoot) + "/storage/session/info/";
  EXPECT_EQ(redactor.Path(folder + "my hunter2.txt"), folder + "[name-1].txt");
  EXPECT_EQ(redactor.Path(folder + "other"), folder + "[name-2]");
  EXPECT_EQ(redactor.Path(folder + "my hunter2.txt"), folder + "[name-1].txt") << "the same again";
  EXPECT_EQ(redactor.Path("/home/otto/x.json"), "/home/[name-3]/[name-4].json") << "not one of the homes looked at";
  EXPECT_EQ(redactor.Path("/home/miranda"), "/home/[name-5]") << "not the home, but it begins like it";
}

TEST(RedactPath, AProjectNamedAfterASecretIsNumbered) {
  KnownNames known;
  known.projects = {"home-mira-" + kAnthropicKey};
  Redactor redactor(known);
  EXPECT_EQ(redactor.Path("/srv/dgmo/project/home-mira-" + kAnthropicKey), "/srv/dgmo/project/[name-1]");
}

TEST(RedactPath, AnonymouslyNoUserAndNoProject) {
  Redactor redactor = Make(true);
  EXPECT_EQ(redactor.Path(std::string(kRoot) + "/app.json"), "~/.local/share/dgmo/project/[name-1]/app.json");
  EXPECT_EQ(redactor.Text("mira on workbench7"), "[user] on [host]");
}

TEST(RedactText, PathsWithinTextAreMaskedToTheirEnd) {
  Redactor redactor = Make();
  EXPECT_EQ(redactor.Text("cannot open /home/mira/my hunter2/x: Permission denied"),
            "cannot open /home/mira/[name-1]/[name-2]");
  EXPECT_EQ(redactor.Text("U " + std::string(kHome) + ": 3 sessions"), "U /home/mira: 3 sessions");
}

TEST(RedactLogLine, KeepsWhatIsKnownAndCountsTheRest) {
  Redactor redactor = Make();
  EXPECT_EQ(redactor.LogLine("ERROR 2025-07-08T09:15:04 +3ms service=session error=please fix hunter2 stream error"),
            "ERROR 2025-07-08T09:15:04 +3ms service=session [text, 53 bytes]");
  EXPECT_THAT(
      redactor.LogLine("ERROR 2025-07-08T09:15:04 +3ms service=default e=ENOENT: no such file or directory, open "
                       "'/home/mira/hunter2' fatal"),
      HasSubstr("service=default ENOENT LOG_PATTERN_ENOENT"));
  EXPECT_THAT(redactor.LogLine("time=2025-07-08T17:15:04.120+08:00 level=ERROR msg=\"hunter2\" error=\"hunter2\""),
              HasSubstr("ERROR 2025-07-08T17:15:04.120+08:00 [text, "));
  EXPECT_EQ(redactor.LogLine("    at hunter2 (prompt.ts:1)"), "[text, 28 bytes]");
  EXPECT_EQ(redactor.LogLine("INFO  2025-07-08T09:15:04 +3ms session=" + std::string(kSession) + " ProviderAuthError"),
            "INFO 2025-07-08T09:15:04 +3ms " + std::string(kSession) + " ProviderAuthError [text, 56 bytes]");
  EXPECT_EQ(redactor.LogLine(""), "");
}

TEST(RedactConfig, ShowsStructureNotValues) {
  Json config = Json::parse(R"({
    "$schema": "https://example.com/config.json", "theme": "dgmo", "autoupdate": false, "model": "anthropic/claude",
    "username": "hunter2", "instructions": ["say hunter2"], "pin": 12345678, "token": 4711,
    "provider": {"anthropic": {"options": {"apiKey": "hunter2", "baseURL": "https://api.example.com/hunter2"}}},
    "mcp": {"memory": {"type": "local", "command": ["/opt/hunter2/uvx", "mcp-server-qdrant", "--hunter2"],
      "environment": {"QDRANT_URL": "http://localhost:6333", "COLLECTION_NAME": "AgentMemories", "FOO": "hunter2"}},
      "remote": {"type": "remote", "url": "https://mira:hunter2@example.com/hunter2", "headers": {"X-Foo": "hunter2"}}}})");
  config[kAnthropicKey] = 1;
  Redactor redactor = Make();
  const Json shown = redactor.Config(config);
  EXPECT_THAT(shown.dump(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(shown.dump(), Not(HasSubstr(kAnthropicKey)));
  EXPECT_THAT(shown.dump(), Not(HasSubstr("12345678")));
  EXPECT_THAT(shown.dump(), Not(HasSubstr("4711")));
  EXPECT_EQ(shown["theme"], "dgmo");
  EXPECT_EQ(shown["autoupdate"], false);
  EXPECT_EQ(shown["model"], "anthropic/claude");
  EXPECT_EQ(shown["username"], "[text, 7 bytes]");
  EXPECT_EQ(shown["mcp"]["memory"]["command"][0], "uvx");
  EXPECT_EQ(shown["mcp"]["memory"]["environment"]["QDRANT_URL"], "http://localhost:6333");
  EXPECT_EQ(shown["mcp"]["memory"]["environment"]["COLLECTION_NAME"], "AgentMemories");
  EXPECT_EQ(shown["provider"]["anthropic"]["options"]["apiKey"], "[redacted]");
}

TEST(RedactFinding, MasksNamesInEvidenceToo) {
  Finding finding;
  finding.code = "STORAGE_FOREIGN_FILE";
  finding.root = kRoot;
  finding.path = std::string(kRoot) + "/storage/session/info/my hunter2 notes.txt";
  finding.paths = {finding.path};
  finding.subject_id = "storage/session/info/my hunter2 notes.txt";
  finding.evidence["actual"] = "hunter2";  // the id that a document says it has
  finding.evidence["parent"] = kSession;
  finding.evidence["newest"] = "2025-07-08T09:16:37.438Z";
  finding.evidence["root_01"] = "U " + std::string(kRoot) + ": 3 sessions";
  finding.evidence["fault"] = "found my hunter2 notes.txt at " + finding.path + " token=abcdef";
  finding.evidence["head_hex"] = HexText("hunter2");
  finding.evidence["sha256"] = std::string(64, 'a');
  finding.evidence["size"] = 7;
  finding.fingerprint = "f";
  Redactor redactor = Make();
  const Finding out = redactor.Redact(finding);
  std::string all = out.root + out.path + out.paths[0] + out.subject_id;
  for (const auto& [key, value] : out.evidence) {
    if (const std::string* text = std::get_if<std::string>(&value)) all += "\n" + *text;
  }
  EXPECT_EQ(LeakOf("hunter2", all), "") << all;
  EXPECT_THAT(all, Not(HasSubstr("abcdef")));
  EXPECT_EQ(out.root, kRoot);
  EXPECT_EQ(out.path, std::string(kRoot) + "/storage/session/info/[name-1].txt");
  EXPECT_EQ(std::get<std::string>(out.evidence.at("sha256")), std::string(64, 'a'));
  EXPECT_EQ(std::get<std::int64_t>(out.evidence.at("size")), 7);
  EXPECT_EQ(std::get<std::string>(out.evidence.at("parent")), kSession);
  EXPECT_EQ(std::get<std::string>(out.evidence.at("newest")), "2025-07-08T09:16:37.438Z");
  EXPECT_EQ(std::get<std::string>(out.evidence.at("root_01")), "U " + std::string(kRoot) + ": 3 sessions");
}

}  // namespace
}  // namespace fleet::agent
