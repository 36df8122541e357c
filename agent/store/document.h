#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/store/padded_text.h"

namespace fleet::agent {

// The classes of the catalogue's rules for any JSON file. kNone: a file that is listed but not read.
enum class DocumentClass : std::uint8_t {
  kSession,
  kMessage,
  kSubsession,
  kIndex,
  kConfig,
  kApp,
  kShare,
  kPerformance,
  kGuideIndex,
  kNone
};
std::string_view DocumentClassText(DocumentClass cls);  // "SESSION", ... as in the codes

// What can be wrong with the bytes of one document; the first that holds, in this order.
enum class FaultKind : std::uint8_t {
  kEmpty,
  kNul,
  kEncoding,
  kByteOrderMark,
  kTruncated,
  kInvalid,
  kShape,
  kOversize
};

struct Fault {
  FaultKind kind = FaultKind::kInvalid;
  std::optional<std::int64_t> offset;  // of the first bad byte, where one can be named
  std::string detail;                  // what was expected; never the document's own text
};

// The fields checks need. Texts are as in the file; lone surrogate escapes are accepted, as JavaScript does.
struct SessionDocument {
  std::string id;
  std::string version;
  std::string title;
  enum class Parent : std::uint8_t { kAbsent, kId, kLiteral } parent_kind = Parent::kAbsent;
  std::string parent;  // for kLiteral the literal: "", "null", "undefined"
  double created = 0;  // ms
  double updated = 0;
  bool shared = false;  // it has the address of a share
};

struct MessageDocument {
  std::string id;
  bool assistant = false;
  std::string session;
  double created = 0;
  std::optional<double> completed;
  bool has_error = false;
  std::int64_t parts = 0;
  std::int64_t unresolved = 0;         // tool invocations without a result
  bool has_assistant_section = false;  // metadata.assistant, which assistants have and users have not
};

struct SubsessionDocument {
  std::string id;
  std::string parent;
  std::string agent_name;
  std::string status;
  double created_at = 0;
  std::optional<double> started_at;
  std::optional<double> completed_at;
  bool no_output = false;  // the summary is what dgmo writes when the agent said nothing
};

struct IndexDocument {
  struct Entry {
    bool is_text = false;
    std::string text;
  };
  std::vector<Entry> entries;
};

// The guide's sessions/index.json: session id -> listed sub-sessions.
struct GuideIndexDocument {
  struct Entry {
    std::string key;
    std::string id;
    std::vector<std::string> subsessions;
  };
  std::vector<Entry> entries;
};

// Well-formed and of the right shape; nothing of it is needed.
struct OpaqueDocument {};

using Document = std::variant<Fault, SessionDocument, MessageDocument, SubsessionDocument, IndexDocument,
                              GuideIndexDocument, OpaqueDocument>;

// Reads documents; keeps its buffers from one to the next. Pure but for that. One thread at a time.
class DocumentParser {
 public:
  DocumentParser();
  ~DocumentParser();
  DocumentParser(const DocumentParser&) = delete;
  DocumentParser& operator=(const DocumentParser&) = delete;

  Document Parse(DocumentClass cls, const PaddedText& bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Largest document that is read: bigger ones are a finding, not a memory problem.
std::int64_t SizeLimit(DocumentClass cls);

}  // namespace fleet::agent
