#include "common/rules/families.h"

namespace fleet {

namespace {

struct ClassRow {
  std::string_view name;
  std::string_view component;
  Severity severity;
  std::string_view noun;
  std::string_view loss;  // what its damage costs the developer
};

constexpr ClassRow kClasses[] = {
    {"SESSION", "sessions", Severity::kP1, "The info file of a session (its title, times and parent)",
     "One such file can make dgmo fail to list any session, although the conversations are still on the disk."},
    {"MESSAGE", "sessions", Severity::kP1, "A message of a conversation",
     "dgmo cannot show the conversation it belongs to, and only a backup has its text."},
    {"SUBSESSION", "sub-sessions", Severity::kP2, "The record of a sub-session (an agent that a session started)",
     "dgmo leaves that agent out of its lists; the agent's own conversation is a separate file."},
    {"INDEX", "sub-sessions", Severity::kP2, "The index that lists the sub-sessions of a session",
     "dgmo shows none of that session's agents, or fails to start new ones; the records are still there."},
    {"CONFIG", "config", Severity::kP1, "A configuration file", "dgmo does not start while it is in this state."},
    {"APP", "config", Severity::kP3, "The file with the application's state (app.json)",
     "It holds no work of the developer; dgmo replaces its own when it starts."},
    {"SHARE", "sessions", Severity::kP3, "The file with the link of a shared session",
     "The session itself is not touched, but it cannot be un-shared from here."},
    {"PERFORMANCE", "storage", Severity::kP3, "A performance report", "Only figures about past runs are lost."},
};

struct FaultRow {
  int number;
  std::string_view suffix;
  std::string_view meaning;
  std::string_view action;
  std::string_view repair;
};

constexpr FaultRow kFaults[] = {
    {20, "_JSON_EMPTY", "is empty or holds only white space, as after a power failure or a killed program.",
     "Repair it: a newer temporary copy is used when there is one, else it is rebuilt or moved to quarantine.",
     "R-FILE-RECOVER"},
    {21, "_JSON_NUL", "consists of zero bytes, or ends in them, as after a power failure.",
     "Repair it: zero bytes behind a complete document are cut off; else a copy is used or it is rebuilt.",
     "R-FILE-RECOVER"},
    {22, "_JSON_TRUNCATED", "ends in the middle, as when the program was killed while writing it.",
     "Repair it from a copy, or have it rebuilt or moved to quarantine. Nothing is ever completed by guessing.",
     "R-FILE-RECOVER"},
    {23, "_JSON_INVALID", "is not valid JSON, as after an edit by hand or two programs writing at once.",
     "Look at the offset in the evidence; repair it from a copy, or have it rebuilt or moved to quarantine.",
     "R-FILE-RECOVER"},
    {24, "_ENCODING_INVALID", "is not plain UTF-8: other bytes, UTF-16, or a byte order mark in front.",
     "Find the editor or tool that wrote it and save the file as UTF-8 without a byte order mark.", "R-ENCODING"},
    {25, "_SHAPE_INVALID", "is valid JSON, but not what dgmo expects: wrong type, or a required field is missing.",
     "Look at the expectation in the evidence; repair it from a copy or have it rebuilt.", "R-FILE-RECOVER"},
    {26, "_OVERSIZE", "is larger than anything dgmo writes, so it was not read.",
     "See what made it so large, for example a pasted image or log.", ""},
};

std::string_view RepairOf(const ClassRow& cls, const FaultRow& fault) {
  if (fault.repair != "R-FILE-RECOVER") return fault.repair;
  if (cls.name == "INDEX") return "R-INDEX";
  if (cls.name == "CONFIG") return "R-CONFIG-RECOVER";
  return fault.repair;
}

int NumberOf(const ClassRow& cls, const FaultRow& fault) {
  if (fault.number == 24 || fault.number == 26) return fault.number;
  if (cls.name == "INDEX") return 61;
  if (cls.name == "CONFIG" && fault.number != 25) return 71;
  if (cls.name == "APP") return 77;
  return fault.number;
}

std::string_view SeverityNoteOf(const ClassRow& cls, const FaultRow& fault) {
  if (fault.number == 25 && cls.name == "APP") {
    return "P2 in a workspace of the guide; P1 when the app.json of a project holds null: then dgmo dies at every "
           "start";
  }
  if (fault.number == 24) {
    return cls.name == "APP" ? "P2 in a workspace of the guide, unless the only fault is a byte order mark"
                             : "P3 when the only fault is a byte order mark";
  }
  if (cls.name == "APP" && fault.number < 24) return "P2 in a workspace of the guide";
  return "";
}

Rule MakeRule(const ClassRow& cls, const FaultRow& fault) {
  Rule rule;
  rule.code = std::string(cls.name).append(fault.suffix);
  rule.number = NumberOf(cls, fault);
  rule.component = cls.component;
  rule.severity = fault.number == 26 ? Severity::kP3 : cls.severity;
  rule.severity_note = SeverityNoteOf(cls, fault);
  rule.meaning = std::string(cls.noun).append(" ").append(fault.meaning);
  if (fault.number != 26) rule.meaning.append(" ").append(cls.loss);
  rule.action = fault.action;
  rule.repair = RepairOf(cls, fault);
  rule.automatic = rule.repair == "R-INDEX";
  return rule;
}

}  // namespace

std::vector<Rule> DocumentRules() {
  std::vector<Rule> rules;
  for (const ClassRow& cls : kClasses) {
    for (const FaultRow& fault : kFaults) rules.push_back(MakeRule(cls, fault));
  }
  return rules;
}

}  // namespace fleet
