#include "agent/cli/reference_text.h"

#include <string_view>

#include "agent/cli/guide_table.h"
#include "common/rule_catalogue.h"

namespace fleet::agent {

namespace {

// A cell of a table: one line, its bars escaped.
std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c;
  }
  return cell.empty() ? "-" : cell;
}

std::string Code(std::string_view text) { return text.empty() ? "-" : "`" + Cell(text) + "`"; }

std::string RuleRows() {
  std::string text;
  for (const Rule& rule : AllRules()) {
    std::string severity(SeverityText(rule.severity));
    if (!rule.severity_note.empty()) severity.append("; ").append(rule.severity_note);
    std::string meaning = rule.meaning;
    if (!rule.security_note.empty()) meaning.append(" Security: ").append(rule.security_note).append(".");
    text += "| " + std::to_string(rule.number) + " | " + Code(rule.code) + " | " + Cell(severity) + " | " +
            Cell(rule.component) + " | " + Cell(meaning) + " | " + Cell(rule.action) + " | " + Code(rule.repair) +
            (rule.automatic ? " (unasked)" : "") + " |\n";
  }
  return text;
}

std::string RepairRows() {
  std::string text;
  for (const RepairDescription& repair : AllRepairDescriptions()) {
    text +=
        "| " + Code(repair.id) + " | " + Cell(repair.effect) + " | " + (repair.needs_consent ? "yes" : "no") + " |\n";
  }
  return text;
}

std::string GuideRows() {
  std::string text;
  for (const GuideRow& row : GuideTable()) {
    text +=
        "| " + Cell(row.name) + " | " + Cell(row.purpose) + " | " + Code(row.command) + " | " + Cell(row.note) + " |\n";
  }
  return text;
}

}  // namespace

std::string ReferenceMarkdown() {
  return "# Reference\n\n"
         "Written by `dgmo-agent explain --reference`; do not edit, build the target `reference` instead.\n\n"
         "P0 is answered at once, P1 within 4 hours, P2 within 24 hours, P3 within 72 hours. A machine is as bad as "
         "its "
         "worst finding.\n\n"
         "## Rules\n\n"
         "| rule | code | severity | component | what it means | what to do | repair |\n"
         "| --- | --- | --- | --- | --- | --- | --- |\n" +
         RuleRows() +
         "\n## Repairs\n\n"
         "Nothing is ever deleted: what is replaced is backed up first, what is in the way goes to quarantine, and "
         "`dgmo-agent undo` takes everything back. A repair that a rule names and that is not in this table is not "
         "part "
         "of this version; its findings say so.\n\n"
         "| repair | what it does | needs consent |\n"
         "| --- | --- | --- |\n" +
         RepairRows() +
         "\n## The guide's cures and what takes their place\n\n"
         "| the guide's | for | here | note |\n"
         "| --- | --- | --- | --- |\n" +
         GuideRows();
}

}  // namespace fleet::agent
