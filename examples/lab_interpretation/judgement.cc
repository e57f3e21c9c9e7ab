#include "judgement.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "wording.h"

namespace lab_interpretation {
namespace {

// Bilirubin, mg/dl, from which referral for transplantation is advised; 50 umol/l.
constexpr double kReferralBilirubin = 3;
// Mayo risk score above which the risk of transplantation itself rises.
constexpr double kTransplantScore = 7.8;
// Platelets, 10^9/l, below which oesophageal varices are likely.
constexpr double kVaricesPlatelets = 140;

// 5: critical ... 2: unremarkable, as in the enum.
Significance Weigh(const Evidence& item) {
  const bool worsening = item.course() == WORSENING;
  if (item.info->tells_function) {
    if (item.grade() >= 4 || (item.grade() == 3 && worsening)) return CRITICAL;
    if (item.grade() >= 2 || (item.grade() == 1 && worsening)) return SIGNIFICANT;
  } else if (item.grade() >= 2 && worsening) {
    return SIGNIFICANT;
  }
  if (item.grade() >= 1 || worsening || item.course() == MIXED) return FOLLOW_UP;
  return UNREMARKABLE;
}

std::string Names(const std::vector<std::string_view>& names) {
  return absl::StrJoin(names, ", ", [](std::string* out, std::string_view name) {
    out->append(name.data(), name.size());
  });
}

// What lies outside in the direction that is not graded is shown too, though it weighs nothing.
bool StandsOut(const Evidence& item) {
  return item.value->flag() != IN_RANGE || item.course() == WORSENING || item.course() == MIXED;
}

const Evidence* Find(std::span<const Evidence> evidence, Analyte analyte) {
  for (const Evidence& item : evidence) {
    if (item.info->analyte == analyte && item.measured()) return &item;
  }
  return nullptr;
}

// Why a value has its weight: "grade 4", "grade 1 and worsening", "worsening".
std::string Reason(const Evidence& item) {
  std::string reason(item.info->name);
  const bool moving = item.course() == WORSENING || item.course() == MIXED;
  const std::string course =
      item.course() == MIXED ? "changing both ways" : CourseText(item.course());
  if (item.grade() >= 1) {
    absl::StrAppend(&reason, " at grade ", item.grade());
    if (moving) absl::StrAppend(&reason, " and ", course);
  } else {
    absl::StrAppend(&reason, " ", course);
  }
  return reason;
}

}  // namespace

Judgement JudgeSignificance(std::span<const Evidence> evidence) {
  Significance worst = NOT_ASSESSABLE;
  for (const Evidence& item : evidence) {
    if (item.measured()) worst = std::max(worst, Weigh(item));
  }
  if (worst == NOT_ASSESSABLE) {
    return {.significance = worst, .reason = "Nothing was measured that could be judged."};
  }
  if (worst == UNREMARKABLE) {
    std::vector<std::string_view> unknown;
    for (const Evidence& item : evidence) {
      if (!item.measured() && item.info->tells_function) unknown.push_back(item.info->name);
    }
    if (!unknown.empty()) {
      return {.significance = FOLLOW_UP,
              .reason = absl::StrCat("Nothing that was measured is abnormal, but the liver's "
                                     "function is not fully known without: ",
                                     Names(unknown), ".")};
    }
    return {.significance = UNREMARKABLE,
            .reason =
                "No measured value is outside its range in the direction that harms, and none "
                "is getting worse."};
  }
  std::vector<std::string> reasons;
  for (const Evidence& item : evidence) {
    if (item.measured() && Weigh(item) == worst) reasons.push_back(Reason(item));
  }
  std::string significance = SignificanceText(worst);
  significance[0] = static_cast<char>(significance[0] - 'a' + 'A');
  return {.significance = worst,
          .reason = absl::StrCat(significance, " because of ", absl::StrJoin(reasons, "; "), ".")};
}

std::vector<Finding> ListFindings(std::span<const Evidence> evidence) {
  std::vector<const Evidence*> standing_out;
  for (const Evidence& item : evidence) {
    if (item.measured() && StandsOut(item)) standing_out.push_back(&item);
  }
  std::stable_sort(standing_out.begin(), standing_out.end(),
                   [](const Evidence* a, const Evidence* b) {
                     const Significance weight_a = Weigh(*a);
                     const Significance weight_b = Weigh(*b);
                     return weight_a != weight_b ? weight_a > weight_b : a->grade() > b->grade();
                   });
  std::vector<Finding> findings;
  for (const Evidence* item : standing_out) {
    Finding& finding = findings.emplace_back();
    finding.set_analyte(item->info->analyte);
    finding.set_grade(item->grade());
    finding.set_course(item->course());
    std::string text =
        absl::StrCat(std::string(item->info->name), " ", ValueText(*item->info, *item->value));
    if (item->course() != COURSE_UNSPECIFIED) {
      absl::StrAppend(&text, "; ", CourseText(item->course()), ": ", TrendText(*item->trend));
    }
    finding.set_text(text);
  }
  return findings;
}

std::vector<std::string> Recommend(const NormalizedResult& normalized, const TrendAnalysis& trends,
                                   std::span<const Evidence> evidence) {
  std::vector<std::string> advice;

  const Evidence* bilirubin = Find(evidence, BILIRUBIN);
  if (bilirubin != nullptr && bilirubin->value->value() > kReferralBilirubin) {
    advice.push_back(absl::StrCat(
        "Consider referral to a transplant centre: bilirubin is above ", kReferralBilirubin,
        " mg/dl, 50 umol/l (EASL Clinical Practice Guidelines on primary biliary "
        "cholangitis, J Hepatol 2017;67:145-72)."));
  }
  if (normalized.has_mayo_risk_score() && normalized.mayo_risk_score() >= kTransplantScore) {
    advice.push_back(absl::StrFormat(
        "Discuss the time of transplantation: the Mayo risk score is %.1f, and the risk of the "
        "operation rises above %.1f (Kim et al., Hepatology 1998;28:33-8).",
        normalized.mayo_risk_score(), kTransplantScore));
  }
  if (bilirubin != nullptr && bilirubin->grade() >= 1 && bilirubin->course() == WORSENING) {
    advice.emplace_back(
        "Look for another cause of the rising bilirubin: obstruction (ultrasound), drugs, "
        "infection, "
        "haemolysis.");
  }
  if (normalized.has_ascites() && normalized.ascites()) {
    advice.emplace_back("Ascites is recorded: assess and treat decompensated liver disease.");
  }
  const Evidence* platelets = Find(evidence, PLATELETS);
  if (platelets != nullptr && platelets->value->value() < kVaricesPlatelets) {
    advice.push_back(absl::StrCat(
        "Consider endoscopy for oesophageal varices: platelets are below ", kVaricesPlatelets,
        " * 10^9/l (Levy et al., Clin Gastroenterol Hepatol 2007;5:803-8)."));
  }
  const Evidence* prothrombin = Find(evidence, PROTHROMBIN_TIME);
  if (prothrombin != nullptr && prothrombin->grade() >= 1) {
    advice.emplace_back(
        "Rule out a lack of vitamin K, which blocked bile flow causes, before taking the "
        "prothrombin "
        "time for a failing liver.");
  }
  const Evidence* ast = Find(evidence, AST);
  if (ast != nullptr && ast->grade() >= 3) {
    advice.emplace_back(
        "AST is high for this disease: consider hepatitis, drugs or an overlap with "
        "autoimmune hepatitis.");
  }

  std::vector<std::string_view> changed;
  std::vector<std::string_view> missing;
  for (const Evidence& item : evidence) {
    if (!item.measured()) {
      missing.push_back(item.info->name);
    } else if (item.grade() == 0 && (item.course() == WORSENING || item.course() == MIXED)) {
      changed.push_back(item.info->name);
    }
  }
  if (!changed.empty()) {
    advice.push_back(absl::StrCat(
        "Measure again before acting on a change inside the usual range: ", Names(changed), "."));
  }
  if (!missing.empty()) {
    advice.push_back(absl::StrCat(
        "Measure what is missing: ", Names(missing),
        ". Extra visits because of worsening health often lack values (survival package of "
        "R, note on pbcseq), so that a gap is no reassurance."));
  }
  if (trends.earlier_visits() == 0) {
    advice.emplace_back("This is the first visit: keep it as the baseline for the next ones.");
  }
  if (advice.empty()) advice.emplace_back("Go on with the usual follow-up.");
  return advice;
}

}  // namespace lab_interpretation
