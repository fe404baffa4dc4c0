/** Kinds of mail: what a clinic sends, and what must stay silent. Written for this corpus; no text comes from elsewhere. */
import { type Part, say, type World } from './draw.ts';

interface Kind {
  readonly name: string;
  /** whether a message of this kind carries protected health information */
  readonly phi: boolean;
  readonly write: (w: World) => Part[];
}

/** Names that are hardly words besides, as somebody in a hurry writes them. */
const CERTAIN = ['Tess', 'Ingrid', 'Beatriz', 'Yolanda', 'Ursula', 'Stefan', 'Winifred', 'Rosalind', 'Miriam', 'Harriet'];
const FAMILY = ['Takahashi', 'Nwosu', 'Petrovic', 'Nakagawa', 'Ferreira', 'Dimitriou'];

const one = (w: World, ...variants: readonly (() => Part[])[]) => w.pick(variants)();

export const KINDS: readonly Kind[] = [
  { name: 'referral', phi: true, write: (w) => one(w,
    () => say`Dear Dr. ${w.NAME(w.last)},\n\nThank you for seeing ${w.NAME(w.other())}, a ${String(w.int(20, 88))}-year-old with ${w.condition()}. DOB ${w.DATE(w.birth())}, MRN ${w.MRN(w.mrn())}. Currently on ${w.drug()}.\n\nPlease call ${w.PHONE(w.phone())} with questions.`,
    () => say`Referral for ${w.NAME(w.full)} (DOB: ${w.DATE(w.birth())}) to ${w.GEO(w.care())}. Reason: ${w.condition()}, failing ${w.drug()}. Seen here on ${w.DATE(w.date())}.`,
    () => say`Could you take over ${w.NAME(w.full)}? She has ${w.condition()} and lives at ${w.GEO(w.address())}. Last ${w.test()} was on ${w.DATE(w.date())}.`) },
  { name: 'lab result', phi: true, write: (w) => one(w,
    () => say`Results for ${w.NAME(w.full)}, MRN: ${w.MRN(w.mrn())}\nCollected: ${w.DATE(w.date())}\n${w.test()}: 7.9 (high)\n${w.test()}: normal\nOrdering provider NPI ${w.LICENSE(w.npi())}`,
    () => say`${w.test()} of ${w.NAME(w.full)} came back abnormal. Accession ${w.MRN(`A${w.digits(8)}`)}, collected ${w.DATE(w.date())}. Suggest repeating; history of ${w.condition()}.`) },
  { name: 'scheduling', phi: true, write: (w) => one(w,
    () => say`Please move ${w.NAME(w.full)}'s ${w.test()} from ${w.DATE(w.date())} to ${w.DATE(w.date())}. Best number: ${w.PHONE(w.phone())}.`,
    () => say`Hi, my mother ${w.NAME(w.full)} needs an appointment for her ${w.condition()}. Her date of birth is ${w.DATE(w.birth())} and her cell is ${w.PHONE(w.phone())}.`) },
  { name: 'billing', phi: true, write: (w) => one(w,
    () => say`Account # ${w.ACCOUNT(w.digits(8))} for patient ${w.NAME(w.full)}: the claim for ${w.test()} on ${w.DATE(w.date())} was denied. Member ID ${w.PLAN(w.plan())}. Card on file ${w.ACCOUNT(w.card())}.`,
    () => say`Guarantor ${w.NAME(w.full)}, SSN ${w.SSN(w.ssn())}, owes a copay for surgery performed ${w.DATE(w.date())}. Policy number: ${w.PLAN(w.plan())}`) },
  { name: 'pharmacy', phi: true, write: (w) => one(w,
    () => say`Refill request: ${w.drug()} for ${w.NAME(w.full)}, DOB ${w.DATE(w.birth())}. Call the pharmacy at ${w.PHONE(w.phone())}.`,
    () => say`Prior authorization for ${w.NAME(w.full)} / ${w.drug()}.\nSubscriber ID: ${w.PLAN(w.plan())}\nPrescriber NPI: ${w.LICENSE(w.npi())}\nDiagnosis: ${w.condition()}`) },
  { name: 'discharge', phi: true, write: (w) => one(w,
    () => say`DISCHARGE SUMMARY\n\nPatient: ${w.NAME(w.full)}\nAdmitted: ${w.DATE(w.date())}\nDischarged: ${w.DATE(w.date())}\nFacility: ${w.GEO(w.care())}\nDiagnosis: ${w.condition()}\nMedications: ${w.drug()}, ${w.drug()}`,
    () => say`${w.NAME(w.full)} was discharged from ${w.GEO(w.care())} on ${w.DATE(w.date())} after treatment for ${w.condition()}. She is ${w.AGE90(String(w.int(90, 104)))} years old and went home with ${w.drug()}.`) },
  { name: 'intake form', phi: true, write: (w) => say`Name: ${w.NAME(w.full)}\nDate of Birth: ${w.DATE(w.birth())}\nSSN: ${w.SSN(w.ssn())}\nAddress: ${w.GEO(w.address())}\nHome phone: ${w.PHONE(w.phone())}\nEmail: ${w.EMAIL(w.email(w.full))}\nInsurance ID: ${w.PLAN(w.plan())}\nDriver's license: ${w.LICENSE(`${w.letters(1)}${w.digits(7)}`)}\nEmergency contact: ${w.NAME(w.other())}\nAllergies: penicillin\nConditions: ${w.condition()}` },
  { name: 'fax cover', phi: true, write: (w) => say`FAX COVER SHEET\nTo: ${w.GEO(w.care())}\nFax: ${w.PHONE(w.phone())}\nFrom: Medical Records\nRe: ${w.NAME(w.full)}, chart # ${w.MRN(w.mrn())}\nPages: 4\n\nProgress notes for ${w.condition()} attached.` },
  { name: 'HL7 paste', phi: true, write: (w) => {
    const [id, d, ssn, phone] = [w.digits(7), `19${w.int(35, 99)}0${w.int(1, 9)}${w.int(10, 28)}`, w.ssn(), w.phone()];
    return say`MSH|^~\\&|LAB|RIVERSIDE|||20240211||ORU^R01|77|P|2.5\nPID|1||${w.MRN(id)}^^^RC^MR||${w.NAME(`${w.last.toUpperCase()}^${w.first.toUpperCase()}`)}||${w.DATE(d)}|F|||${w.GEO(`${w.int(10, 999)} ELM ST^^${w.city.toUpperCase()}^${w.state}^${w.zip}`)}||${w.PHONE(phone)}||||||${w.SSN(ssn)}\nOBX|1|NM|2345-7^Glucose||${String(w.int(80, 300))}|mg/dL`;
  } },
  { name: 'CSV export', phi: true, write: (w) => {
    const sep = w.pick([',', '\t', '|']);
    const rows: Part[] = [['Patient Name', 'DOB', 'MRN', 'Diagnosis'].join(sep), '\n'];
    for (let k = 0; k < 6; k += 1) rows.push(w.NAME(w.other()), sep, w.DATE(`${w.int(1, 12)}/${w.int(1, 28)}/${w.int(1935, 2010)}`), sep, w.MRN(w.digits(7)), sep, w.condition(), '\n');
    return rows;
  } },
  { name: 'FHIR resource', phi: true, write: (w) => say`{"resourceType":"Patient","identifier":[{"type":{"coding":[{"code":"MR"}]},"value":"${w.MRN(w.digits(7))}"}],"name":[{"family":"${w.NAME(w.last)}","given":["${w.NAME(w.first)}"]}],"telecom":[{"system":"phone","value":"${w.PHONE(w.phone())}"}],"birthDate":"${w.DATE(`19${w.int(40, 99)}-03-1${w.int(0, 9)}`)}"}` },
  { name: 'informal', phi: true, write: (w) => one(w,
    () => say`hey, did ${w.NAME(w.first)} ${w.NAME(w.last)} ever come back for that ${w.test()}? pretty worried about the ${w.condition()}. her cell is ${w.PHONE(w.phone())}`,
    () => say`quick one: pt ${w.NAME(w.full)}, ${String(w.int(30, 80))}yo M w/ ${w.condition()}, here since ${w.DATE(w.date())}. ok to start ${w.drug()}? mrn ${w.MRN(w.digits(7))}`,
    () => say`Can you look at ${w.NAME(w.full)} tomorrow? New ${w.condition()}, on ${w.drug()} since ${w.DATE(w.date())}.`) },
  { name: 'all capitals', phi: true, write: (w) => say`PATIENT ${w.NAME(w.full.toUpperCase())} SEEN ${w.DATE(w.date().toUpperCase())} FOR ${w.condition().toUpperCase()}. MRN ${w.MRN(w.mrn())}. CONTINUE ${w.drug().toUpperCase()}. CALL BACK ${w.PHONE(w.phone())}.` },
  { name: 'device and vehicle', phi: true, write: (w) => say`${w.NAME(w.full)} received a pacemaker, serial number ${w.DEVICE(`${w.letters(3)}${w.digits(6)}`)}, at ${w.GEO(w.care())} on ${w.DATE(w.date())} for ${w.condition()}. The crash report names passport ${w.OTHER(w.digits(9))}.` },
  { name: 'portal message', phi: true, write: (w) => say`Hello ${w.NAME(w.first)},\n\nYour ${w.test()} from ${w.DATE(w.date())} shows signs of ${w.condition()}. Please start ${w.drug()} and write to ${w.EMAIL(w.email(w.full))} if you feel worse.` },
  { name: 'small letters', phi: true, write: (w) => one(w,
    () => say`${w.NAME(`${w.pick(CERTAIN)} ${w.last}`.toLowerCase())} has ${w.condition().toLowerCase()}, can u call her back`,
    () => say`pls refill ${w.drug()} for mr ${w.NAME(w.last.toLowerCase())}, he is out`,
    () => say`did anyone get ${w.NAME(`${w.pick(CERTAIN)} ${w.last}`.toLowerCase())}'s ${w.test().toLowerCase()} back?`) },
  { name: 'few words', phi: true, write: (w) => one(w,
    () => say`${w.NAME(w.full)} ${w.pick(['fell off a ladder', 'threw up all night', 'passed out at work', 'tried to hang himself', 'is hearing voices', 'broke her wrist'])}.`,
    () => say`Pt ${w.NAME(w.full)} c/o ${w.pick(['chest pressure', 'blurry vision', 'a swollen ankle', 'numb fingers'])}, please advise.`,
    () => say`${w.NAME(w.full)}'s ${w.test()} looks bad.`,
    () => say`Re: ${w.NAME(w.full)}. She coded last night and is on the vent.`) },

  { name: 'lay words', phi: true, write: (w) => one(w,
    () => say`${w.NAME(w.full)} called: ${w.pick(['her ankles are swollen again', 'he is dizzy and threw up', 'she slipped on the ice and hit her head', 'her hearing aid hurts', 'he needs a wheelchair, his knees are stiff'])}. Call back ${w.PHONE(w.phone())}.`,
    () => say`My mother ${w.NAME(w.full)} ${w.pick(['has been coughing up phlegm', 'keeps falling', 'ran out of her test strips', 'was not breathing well'])} since ${w.DATE(w.date())}. Please call ${w.PHONE(w.phone())}.`,
    () => say`Dear Ms. ${w.NAME(w.last)}, your son did not pass the hearing test on ${w.DATE(w.date())}. Questions: school nurse, ${w.PHONE(w.phone())}.`) },
  { name: 'printed on the card', phi: true, write: (w) => one(w,
    () => say`Member: ${w.NAME(w.full)}, member ID ${w.PLAN(`${w.letters(1)}${w.digits(4)} ${w.digits(5)} ${w.digits(2)}`)}. Refused: the dentures, for the second time.`,
    () => say`Subscriber ${w.NAME(w.full)}, insurance ID ${w.PLAN(`${w.letters(3)} ${w.digits(3)} ${w.digits(3)} ${w.digits(3)}`)}, appeal of the denied crutches and splint.`) },

  { name: 'news of the house', phi: false, write: (w) => one(w,
    () => say`We are pleased to announce that ${w.NAME(w.full)} joins us as director of the dialysis program. She cut infections by half at her last hospital and lives nearby with her husband.`,
    () => say`Dear Ms. ${w.NAME(w.last)}, thank you for applying. We were impressed by your years in dialysis and invite you to an interview on ${w.DATE(w.date())}. Please bring your certificates.`,
    () => say`Level 1 glucose passed, level 2 glucose failed; recalibrated and passed. Analyzer 3, drawer ${String(w.int(2, 9))}, next service in ${w.pick(['May', 'June'])}.`,
    () => say`At noon on Thursday: how sepsis was understood in 1847, and why handwashing was laughed at. Pizza is provided; the seminar room holds forty.`,
    () => say`Certificate of insurance: policy of the physical therapy group, each occurrence $1,000,000, aggregate $3,000,000, renewed for a year.`) },
  { name: 'business mail', phi: false, write: (w) => one(w,
    () => say`Hi ${w.NAME(w.first)},\n\nAttached is the draft budget for the third quarter. ${w.NAME(w.other())} will present it on Thursday; can you book the large room? Call me at ${w.PHONE(w.phone())} if 10:30 does not work.`,
    () => say`Team,\n\nThe vendor demo moved to ${w.DATE(w.date())}. ${w.NAME(w.other())} and ${w.NAME(w.other())} join remotely. Please review the contract before then.`,
    () => say`Thanks ${w.NAME(w.first)}, the contract with the printer company is signed. Invoice 20${w.digits(6)} follows by mail.`) },
  { name: 'near-miss numbers', phi: false, write: (w) => one(w,
    () => say`Your order #${w.digits(9)} has shipped. Tracking number 1Z${w.digits(10)}. Invoice ${w.digits(8)} is attached; quote ticket ${w.digits(7)} when you call support.`,
    () => say`Meeting ID: ${w.digits(3)} ${w.digits(3)} ${w.digits(4)}, passcode ${w.digits(6)}. Release 4.${w.digits(2)}.1 goes out after build ${w.digits(5)}; see issue ${w.digits(4)}.`,
    () => say`Part number ${w.letters(2)}${w.digits(7)}, model ${w.letters(3)}-${w.digits(4)}, PO ${w.digits(8)}. Quantity 200, price $1,250.00, room ${w.digits(3)}.`) },
  { name: 'near misses in words', phi: false, write: (w) => one(w,
    () => say`Your membership number is ${w.digits(8)}. The gym opens at 6; bring the card.`,
    () => say`Software license key ${w.letters(4)}-${w.digits(4)}-${w.letters(4)} for the drawing program. The printer's serial number ${w.letters(2)}${w.digits(7)} is still under warranty.`,
    () => say`Claim number 2023-${w.digits(6)} for the dented fender; the adjuster is ${w.NAME(w.other())}.`,
    () => say`Accession number ${w.digits(4)}.${w.digits(2)} is the landscape in gallery 4. Donated by ${w.NAME(w.other())}.`,
    () => say`The patient portal will be down for maintenance on ${w.DATE(w.date())} from 2 AM.`,
    () => say`Our clinic's phone is ${w.PHONE(w.phone())}; fax ${w.PHONE(w.phone())}. We offer MRI and x-ray.`,
    () => say`Dr. ${w.NAME(w.last)} will speak about diabetes prevention at the community center on ${w.DATE(w.date())}.`,
    () => say`HIPAA training for ${w.NAME(w.other())}, ${w.NAME(w.other())} and ${w.NAME(w.other())} is due on ${w.DATE(w.date())}.`,
    () => say`Student ID ${w.digits(9)} enrolled in course 12-${w.digits(4)}; case 2:21-cv-0${w.digits(4)} is on the docket.`) },
  { name: 'clinical question', phi: false, write: (w) => one(w,
    () => say`What are the side effects of ${w.drug()} in a ${String(w.int(20, 85))}-year-old with ${w.condition()} diagnosed in 2019?`,
    () => say`Latest guidelines for ${w.condition()} in elderly patients with a high Framingham risk score and a positive Babinski sign? Any data since last year?`,
    () => say`Does ${w.drug()} interact with ${w.drug()}? Asking for a patient with ${w.condition()}, BMI 31, ejection fraction 35%.`) },
  { name: 'newsletter', phi: false, write: (w) => say`Wellness Wednesday: five ways to sleep better. Join our webinar on stress at noon. Save 20% on gym passes with code FIT${w.digits(2)}. Read more at ${w.URL('https://www.example.org/')} or reply to unsubscribe.` },
  { name: 'technical support', phi: false, write: (w) => say`Ticket ${w.digits(7)}: printer on floor 3 is offline after the update to version 10.${w.digits(1)}.${w.digits(2)}.4. Restarting the spooler helped. Error 0x8007${w.digits(4)}; machine name PRN-${w.digits(4)}.` },
  { name: 'statistics', phi: false, write: (w) => say`In 2024 the clinic saw ${String(w.int(900, 4000))} patients with ${w.condition()}, of whom ${String(w.int(10, 60))}% took ${w.drug()}. Mean age was ${String(w.int(40, 70))} years; readmissions fell by ${String(w.int(2, 9))}%.` },
  { name: 'policy and hiring', phi: false, write: (w) => say`Reminder: the flu vaccine clinic for staff opens next week. Interviews for the nurse manager position start on ${w.DATE(w.date())} with ${w.NAME(w.other())}. The dress code policy is on the intranet.` },
  { name: 'colleagues at work', phi: false, write: (w) => one(w,
    () => say`${w.NAME(w.pick(CERTAIN))} will draft the ${w.condition()} protocol, and ${w.NAME(w.pick(CERTAIN))} teaches the class on Friday.`,
    () => say`Please welcome ${w.NAME(`${w.pick(CERTAIN)} ${w.last}`)}, our new educator for the ${w.condition()} program.`,
    () => say`Dr. ${w.NAME(w.last)} is giving a talk on ${w.condition()} at noon; ${w.NAME(w.pick(CERTAIN))} has the slides.`,
    () => say`Thank you ${w.NAME(w.pick(CERTAIN))} for the poster on ${w.condition()}. The committee liked it.`) },
  { name: 'references', phi: false, write: (w) => say`${w.NAME(`${w.last} ${w.letters(1)}`)}, ${w.NAME(`${w.pick(FAMILY)} ${w.letters(1)}`)}, et al. Outcomes of ${w.condition()} in older adults: a cohort study. J Clin Res. 20${w.digits(1)}1;${w.digits(2)}:1${w.digits(2)}-${w.digits(2)}.` },
];
