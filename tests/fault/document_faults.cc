#include <string>
#include <utility>
#include <vector>

#include "tests/fault/victims.h"

namespace fleet {

namespace {

struct ClassRow {
  std::string name;  // as in the codes
  Severity severity;
  // A healthy document to break, absolute path and id; made when the class need not exist.
  std::optional<Victim> (*choose)(Victims&);
  std::string (*path)(const Victim&);
  std::string wrong_shape;
};

std::string InfoOf(const Victim& victim) { return victim.root->InfoPath(victim.id); }
std::string MessageOf(const Victim& victim) { return victim.root->messages.at(victim.id).back(); }
std::string RecordOf(const Victim& victim) { return StoreRoot::RecordPath(victim.id); }
std::string IndexOf(const Victim& victim) { return StoreRoot::IndexPath(victim.id); }
std::string AppOf(const Victim&) { return "app.json"; }
std::string ShareOf(const Victim& victim) { return "storage/session/share/" + victim.id + ".json"; }
std::string PerformanceOf(const Victim& victim) { return "storage/session/performance/" + victim.id + ".json"; }

std::optional<Victim> AnyMain(Victims& victims) { return victims.Main(); }
std::optional<Victim> AnyChild(Victims& victims) { return victims.Child(); }
std::optional<Victim> AnyParent(Victims& victims) { return victims.Parent(); }
std::optional<Victim> Program(Victims& victims) {
  return victims.Session([](const StoreRoot& root, const std::string&) { return !root.guide; });
}
// The configuration lies beside all roots; it is broken as if it were one.
std::optional<Victim> Configuration(Victims& victims) {
  victims.roots().push_back({.path = victims.home() + "/.config/dgmo"});
  return Victim{&victims.roots().back(), "config"};
}
std::string ConfigurationPath(const Victim&) { return "config.json"; }

const std::vector<ClassRow>& Classes() {
  static const std::vector<ClassRow> kClasses = {
      {"SESSION", Severity::kP1, AnyMain, InfoOf, R"({"id":17})"},
      {"MESSAGE", Severity::kP1, AnyMain, MessageOf, R"({"role":"user"})"},
      {"SUBSESSION", Severity::kP2, AnyChild, RecordOf, "null"},
      {"INDEX", Severity::kP2, AnyParent, IndexOf, R"({"a":true})"},
      {"CONFIG", Severity::kP1, Configuration, ConfigurationPath, "[]"},
      {"APP", Severity::kP3, Program, AppOf, "null"},
      {"SHARE", Severity::kP3, Program, ShareOf, "[]"},
      {"PERFORMANCE", Severity::kP3, Program, PerformanceOf, "[]"},
  };
  return kClasses;
}

// What such a file holds where there is none to break, or too little of one.
std::string Healthy(const ClassRow& cls, const std::string& bytes) {
  if (bytes.size() > 2) return bytes;
  if (cls.name == "APP") return R"({"initialized":1751879702117})";
  if (cls.name == "CONFIG") return R"({"theme":"dgmo"})";
  if (cls.name == "SHARE") return R"({"secret":"0c9f5a1e","url":"https://dgmo.ai/s/ei1gvVfe"})";
  return R"({"sessionId":"ses_81dbeec70ffeAYtSqvAEJMiUzj","totalOperations":2,"averageLatency":412.5,"timestamp":1751967402117})";
}

struct DamageRow {
  std::string name;
  std::string suffix;
  std::string story;
  std::string (*damage)(const std::string& bytes, unsigned seed);
};

std::string Utf16(const std::string& bytes) {
  std::string wide = "\xFF\xFE";
  for (const char c : bytes) wide.append(1, c).append(1, '\0');
  return wide;
}

// Where a person may have typed: in what a message says, else in the last text that is a value, else in the first.
std::size_t InsideAText(const std::string& bytes) {
  const std::string said = "\"text\":\"";
  if (const std::size_t at = bytes.find(said); at != std::string::npos) return at + said.size();
  const std::size_t value = bytes.rfind("\":\"");
  return value == std::string::npos ? bytes.find('"') + 1 : value + 3;
}

const std::vector<DamageRow>& Damages() {
  static const std::vector<DamageRow> kDamages = {
      {"empty", "_JSON_EMPTY", "zero length after a power failure",
       [](const std::string&, unsigned) { return std::string(); }},
      {"blank", "_JSON_EMPTY", "nothing but white space",
       [](const std::string&, unsigned) { return std::string(" \n"); }},
      {"nul", "_JSON_NUL", "right length, all bytes NUL, after a power failure",
       [](const std::string& bytes, unsigned) { return std::string(bytes.size(), '\0'); }},
      {"nul-tail", "_JSON_NUL", "complete, then NUL bytes to the end of the block",
       [](const std::string& bytes, unsigned) { return bytes + std::string(512, '\0'); }},
      {"truncated", "_JSON_TRUNCATED", "cut off by a writer that was killed",
       [](const std::string& bytes, unsigned seed) { return bytes.substr(0, 1 + seed % (bytes.size() - 1)); }},
      {"two-values", "_JSON_INVALID", "two writers, one document behind the other",
       [](const std::string& bytes, unsigned) { return bytes + bytes; }},
      {"garbage", "_JSON_INVALID", "plain text instead of JSON",
       [](const std::string&, unsigned) { return std::string("this is not JSON\n"); }},
      {"latin1", "_ENCODING_INVALID", "an umlaut of ISO-8859-1 by an editor",
       [](const std::string& bytes, unsigned) {
         std::string changed = bytes;
         return changed.insert(InsideAText(bytes), 1, '\xE9');
       }},
      {"utf16", "_ENCODING_INVALID", "saved as UTF-16 by a Windows tool",
       [](const std::string& bytes, unsigned) { return Utf16(bytes); }},
      {"bom", "_ENCODING_INVALID", "a byte order mark by a Windows tool",
       [](const std::string& bytes, unsigned) { return "\xEF\xBB\xBF" + bytes; }},
      {"shape", "_SHAPE_INVALID", "JSON, but not what dgmo expects", nullptr},
  };
  return kDamages;
}

absl::StatusOr<Injected> Damage(Victims& victims, const ClassRow& cls, const DamageRow& damage) {
  const std::optional<Victim> victim = cls.choose(victims);
  if (!victim) return NothingToBreak(cls.name + " document");
  const std::string path = cls.path(*victim);
  const std::string bytes = Healthy(cls, victim->root->Read(path));
  victim->root->Write(path, damage.damage == nullptr ? cls.wrong_shape : damage.damage(bytes, victims.seed()));
  Severity severity = cls.severity;
  if (damage.name == "bom") severity = Severity::kP3;
  if (damage.name == "shape" && cls.name == "APP") severity = Severity::kP1;  // null: dgmo dies at every start
  return Injected{.name = "",
                  .code = cls.name + damage.suffix,
                  .severity = severity,
                  .path = victim->root->path + "/" + path,
                  .subject_id = "",
                  .repairable = true};
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c | 0x20);
  return text;
}

}  // namespace

void AddDocumentFaults(std::vector<Fault>& faults) {
  for (const ClassRow& cls : Classes()) {
    for (const DamageRow& damage : Damages()) {
      // dgmo's own reader accepts a mark in its configuration.
      if (cls.name == "CONFIG" && damage.name == "bom") continue;
      faults.push_back({{Lower(cls.name) + "-" + damage.name, cls.name + " document: " + damage.story},
                        [&cls, &damage](Victims& victims) { return Damage(victims, cls, damage); }});
    }
  }
}

}  // namespace fleet
