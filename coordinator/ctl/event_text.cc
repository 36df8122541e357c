#include "coordinator/ctl/event_text.h"

#include "common/time_text.h"
#include "common/utf8.h"
#include "coordinator/ctl/command_text.h"
#include "coordinator/ctl/enum_text.h"
#include "coordinator/ctl/incident_text.h"

namespace fleet::coordinator {

namespace {

std::string WhatHappened(const v1::FleetEvent& event, const Screen& screen) {
  switch (event.kind_case()) {
    case v1::FleetEvent::kAgent: {
      const std::string line = std::string(SymbolOf(event.agent().health())) + " " +
                               ToPrintable(event.agent().host_name() + " is " + event.agent().health() + ", " +
                                           event.agent().connectivity());
      return Paint(ColourOfHealth(event.agent().health()), line, screen.colour);
    }
    case v1::FleetEvent::kIncident: {
      const v1::Incident& incident = event.incident();
      const std::string line = Text(incident.severity()) + " " + incident.finding().code() + " on " +
                               incident.host_name() + " " + Text(incident.state()) + ", " +
                               UrgencyText(incident, event.at_ms()) + "  " + incident.incident_id();
      return Paint(ColourOfWire(incident.severity()), ToPrintable(line), screen.colour);
    }
    case v1::FleetEvent::kCommand: {
      const v1::Command& command = event.command();
      const std::string line = command.host_name() + ": " + ActionText(command.action()) + " " + Text(command.state()) +
                               (command.result().summary().empty() ? "" : ": " + command.result().summary()) + "  " +
                               command.command_id();
      return ToPrintable(line);
    }
    case v1::FleetEvent::kGap:
      return Paint(Colour::kYellow,
                   CountText(event.gap(), "event was", "events were") +
                       " dropped because this reader was too slow; look anew with dgmoctl overview",
                   screen.colour);
    case v1::FleetEvent::KIND_NOT_SET: return "an event that this dgmoctl does not know";
  }
  return "";
}

}  // namespace

std::string EventText(const v1::FleetEvent& event, const Screen& screen) {
  return TimeText(event.at_ms()) + "  " + WhatHappened(event, screen) + "\n";
}

}  // namespace fleet::coordinator
