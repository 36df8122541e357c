#include "agent/store/document.h"

#include <simdjson.h>

#include <algorithm>

#include "agent/store/json_error.h"
#include "agent/store/json_tolerance.h"
#include "agent/store/known_prompts.h"
#include "agent/store/shape.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::size_t kDeepest = 1'000'000;
constexpr std::size_t kWithPrompts = 4'096;  // smaller messages are read as they are

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos; }

bool IsUtf16(std::string_view text) {
  if (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF") return true;
  // Without a mark: every second byte of its first characters is NUL.
  return text.size() >= 4 && (text[0] == '\0') != (text[1] == '\0') && (text[0] == '\0') == (text[2] == '\0') &&
         (text[1] == '\0') == (text[3] == '\0');
}

// The faults that show without any parsing.
std::optional<Fault> FaultOfBytes(std::string_view text) {
  if (IsBlank(text)) return Fault{FaultKind::kEmpty, 0, text.empty() ? "size 0" : "only white space"};
  const std::size_t last = text.find_last_not_of('\0');
  if (last == std::string_view::npos) return Fault{FaultKind::kNul, 0, "all bytes are NUL"};
  if (IsUtf16(text)) return Fault{FaultKind::kEncoding, 0, "UTF-16"};
  if (last + 1 < text.size()) {
    return Fault{FaultKind::kNul, static_cast<std::int64_t>(last + 1), "a tail of NUL bytes"};
  }
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    return Fault{FaultKind::kEncoding, static_cast<std::int64_t>(InvalidUtf8At(text)), "not valid UTF-8"};
  }
  return std::nullopt;
}

}  // namespace

struct DocumentParser::Impl {
  simdjson::dom::parser parser;
  PaddedText scratch;
  KnownPrompts prompts;

  simdjson::error_code Read(const PaddedText& bytes, simdjson::dom::element& root) {
    const std::string_view text = bytes.view();
    return parser.parse(text.data(), text.size(), /*realloc_if_needed=*/false).get(root);
  }

  // Most bytes of a message are prompts that were read before.
  simdjson::error_code ReadMessage(const PaddedText& bytes, simdjson::dom::element& root) {
    const bool cut = prompts.Cut(bytes.view(), scratch);
    simdjson::error_code error = cut ? Read(scratch, root) : simdjson::UNINITIALIZED;
    if (error != simdjson::SUCCESS) error = Read(bytes, root);
    if (error == simdjson::SUCCESS) prompts.Learn();
    return error;
  }

  // What the fast parser refused, read as JavaScript would.
  simdjson::error_code ReadTolerantly(const PaddedText& bytes, simdjson::dom::element& root) {
    scratch.Resize(bytes.view().size());
    std::copy(bytes.view().begin(), bytes.view().end(), scratch.data());
    NeutraliseWhatJavaScriptReads(scratch);
    const simdjson::error_code error = Read(scratch, root);
    if (error != simdjson::DEPTH_ERROR) return error;
    const simdjson::error_code grown = parser.allocate(std::max(parser.capacity(), scratch.view().size()), kDeepest);
    return grown == simdjson::SUCCESS ? Read(scratch, root) : grown;
  }

  Document Parse(DocumentClass cls, const PaddedText& bytes);
};

Document DocumentParser::Impl::Parse(DocumentClass cls, const PaddedText& bytes) {
  simdjson::dom::element root;
  // It refuses every text that has one of the faults of bytes, so that nearly all documents are looked at only once.
  const bool has_prompts = cls == DocumentClass::kMessage && bytes.view().size() >= kWithPrompts;
  const simdjson::error_code error = has_prompts ? ReadMessage(bytes, root) : Read(bytes, root);
  if (error == simdjson::SUCCESS) return ReadShape(cls, root);
  if (std::optional<Fault> fault = FaultOfBytes(bytes.view())) return *std::move(fault);
  if (ReadTolerantly(bytes, root) == simdjson::SUCCESS) return ReadShape(cls, root);
  const std::string_view text = scratch.view();
  const std::int64_t offset = JsonErrorOffset(text).value_or(0);
  if (offset >= static_cast<std::int64_t>(text.size())) {
    return Fault{FaultKind::kTruncated, offset, "the text ends in the middle of a value"};
  }
  return Fault{FaultKind::kInvalid, offset, "not JSON from this byte on"};
}

DocumentParser::DocumentParser() : impl_(std::make_unique<Impl>()) {}
DocumentParser::~DocumentParser() = default;

Document DocumentParser::Parse(DocumentClass cls, const PaddedText& bytes) {
  const std::string_view text = bytes.view();
  if (text.substr(0, kUtf8Mark.size()) != kUtf8Mark) return impl_->Parse(cls, bytes);
  // The mark alone is harmless; with a second fault behind it the document is as bad as that fault.
  const Document rest = impl_->Parse(cls, PaddedText(text.substr(kUtf8Mark.size())));
  const Fault* fault = std::get_if<Fault>(&rest);
  if (fault == nullptr) return Fault{FaultKind::kByteOrderMark, 0, "a byte order mark"};
  return Fault{FaultKind::kEncoding, 0, "a byte order mark, and behind it: " + fault->detail};
}

std::string_view DocumentClassText(DocumentClass cls) {
  static constexpr std::string_view kTexts[] = {"SESSION", "MESSAGE", "SUBSESSION",  "INDEX", "CONFIG",
                                                "APP",     "SHARE",   "PERFORMANCE", "INDEX", "NONE"};
  return kTexts[static_cast<int>(cls)];
}

std::int64_t SizeLimit(DocumentClass cls) {
  constexpr std::int64_t kMiB = std::int64_t{1} << 20;
  return cls == DocumentClass::kMessage ? 50 * kMiB : 100 * kMiB;
}

}  // namespace fleet::agent
