/**
 * Labels: what people write before a value. Each line: kind, then phrases; `_` joins words. The value may follow after filler words ("number is").
 * The longest phrase that ends at the nearest labelled word wins; a negative label says what a number is instead.
 */
export const LABELS: readonly (readonly [kind: LabelKind, phrases: string])[] = [
  ['ssn', 'ssn ssns ss ss# social_security social_sec soc_sec social ssa ssid social_insurance last_4_of_ssn'],
  ['itin', 'itin taxpayer_id taxpayer_identification tax_id tax_identification individual_taxpayer tin ein'],
  ['mrn', 'mrn mrns medical_record medical_records med_rec medical_rec med_record patient_id patient_ids patient_identifier patient_number patient_no pt_number hospital_number hospital_id health_record emr emr_id ehr_id epic_id empi account_of_patient mr mr# mr_no mr_number hospital_id patient_mrn med_rec_no medrec medical_id med_id file_number_of_patient hospital_account_record'],
  ['plan', 'mbr mbr_no cardholder cardholder_id caremark_id mbi medicare medicare_id medicare_number medicare_beneficiary beneficiary hic hicn hicns hbn medicaid medicaid_id insured_id health_plan health_insurance rxbin rx_bin rxpcn pcn rxgrp rx_group rxgroup rx_id bcbs_id aetna_id cigna_id hmo hmo_id ppo payer_id certificate_of_coverage prior_auth_number enrollee enrollee_id tricare blue_cross_id blue_shield_id bluecross_id uhc_id united_healthcare_id unitedhealthcare_id humana_id anthem_id kaiser_id molina_id wellcare_id tricare_id'],
  ['record', 'chart record_number record_no record_id unit_number unit_no lab_id lab_no referral_number referral_no encounter encounter_no encounter_id csn visit_number visit_id visit_no accession accession_number specimen specimen_id clinic_number fin admission_number admission_id'],
  ['member', 'member member_id member_number member_no membership subscriber subscriber_id subscriber_number policy policy_number policy_id policyholder group group_number group_id grp plan plan_id plan_number claim claim_number claim_id claims coverage_id authorization_number auth_number recipient_id dependent_id prior_auth prior_authorization preauthorization group_no coverage'],
  ['insurance', 'insurance insurance_id insurance_plan insurance_policy insurance_number insur ins insurance_policy_number insurance_plan_id insurance_plan_number insurance_member_id insurance_card insurance_policy_no insurance_group insurance_group_number'],
  ['permit', 'license_number licence_number license licence lic certificate certificate_number certification_number cert registration_number permit permit_number'],
  ['account', 'customer_number customer_no customer_id account account_number accounts acct acct# a_c bank_account checking checking_account savings_account billing_account patient_account guarantor guarantor_number har hospital_account statement_number loan loan_number bank'],
  ['card', 'card credit_card debit_card card_number cards visa mastercard amex american_express discover cc ccn pan card_on_file hsa_card fsa_card'],
  ['routing', 'routing routing_number aba rtn routing_transit transit_number ach'],
  ['iban', 'iban swift bic'],
  ['license', 'driver_license_number driver_license_no drivers_license_number drivers_license_no driving_license_number driver_s_license_number dl_number dl_no medical_license_number nursing_license_number driver_license drivers_license driver_s_license driving_license driver_licence driving_licence driver_lic drivers_lic dl dln state_id state_license medical_license nursing_license rn_license lpn_license np_license md_license nurse_license physician_license pharmacist_license'],
  ['npi', 'npi national_provider provider_identifier provider_id provider provider_number prescriber prescriber_id upin'],
  ['dea', 'dea dea_number dea_registration'],
  ['clia', 'clia'],
  ['vin', 'vin vehicle_identification vehicle_id chassis'],
  ['plate', 'tag license_tag vehicle_tag plate license_plate licence_plate plates tag_number registration_plate plate_number'],
  ['device', 'modem watch_id device_id device_identifier device_serial device_serial_number device_number implant implant_id implant_serial_number pacemaker pacemaker_id pacemaker_serial_number pump_serial_number udi imei meid mac mac_address hardware_address insulin_pump_serial defibrillator_id implant_lot device iccid'],
  ['serial', 'serial serial_number serial_no s_n sn lot lot_number lot_no model_serial equipment_id asset_tag'],
  ['passport', 'passport passportnumber passport_number passport_no passports dod_id edipi military_id va_id national_id alien_number a_number visa_number nhs_number'],
  ['other', 'auth client_id our_file your_file wc_file va_file spec study_subject participant emp_no emp rx rx_number rx_no prescription_number prescription_no id ids identifier pt_id case case_number case_id case_no ref reference reference_number study_id subject_id participant_id trial_id employee_id employee_number badge badge_number student_id student_number badge_id user_id username login nhs sin file_number file_no docket registry_id research_id unique_id donor_id'],
  ['biometric', 'fingerprint fingerprint_id biometric biometric_id biometric_template retina_scan retinal_scan iris_scan iris_code voiceprint voice_print faceprint face_template palm_print'],
  ['phone', 'phone phones telephone tel cell cellphone cell_phone mobile call callback call_back contact contact_number phone_number text pager beeper home_phone work_phone ph reach reached dial hotline ext answering voicemail whatsapp landline phone_no'],
  ['fax', 'fax faxed facsimile fax_number efax fax_to fax_records'],
  ['email', 'email e_mail emails'],
  ['ip', 'ip ip_address ipaddress'],
  ['dob', 'dob d_o_b date_of_birth birth_date birthdate birthday born bday date_birth'],
  ['date', 'date dates admitted admission discharged discharge visit_date service dos date_of_service collected appointment_date surgery_date expired deceased died dod seen admit dc'],
  ['zip', 'zip zip_code zipcode postal postal_code postcode postal_code_is'],
  ['address', 'address addresses addr street_address home_address mailing_address residence resides lives_at lived_at lives residing located moved billing_address'],
  ['name', 'name names patient_name full_name first_name last_name surname maiden_name mother_name member_name subscriber_name insured_name guarantor_name emergency_contact next_of_kin nok responsible_party pt_name'],
  ['place', 'city town county facility hospital_name clinic_name location site'],
  ['age', 'age aged'],
  ['not', 'malpractice malpractice_policy malpractice_policy_number malpractice_insurance liability_policy liability_policy_number liability_insurance policy_section cpt cpt_code hcpcs hcpcs_code icd icd_code drg diagnosis_code procedure_code billing_code order order_number order_no order_id po purchase_order invoice invoice_number tracking tracking_number sku part part_number model model_number item item_number ticket ticket_number support_case build version release confirmation confirmation_number confirmation_code booking flight reservation room suite course course_id isbn issn doi nct pmid mls parcel league meeting_id meeting passcode pin extension page pages line job job_number req requisition product serial_port bug issue pr commit patch contract contract_number deal quote quote_number score bin_number dose dosage total amount price budget quantity qty usd eur weight height access_code participant_code conference_id conference dial_in promo coupon voucher gym library loyalty rewards gift license_key product_key activation software flyer seat gate badge_color chapter section article rule'],
];

export type LabelKind =
  | 'ssn' | 'itin' | 'mrn' | 'record' | 'plan' | 'member' | 'insurance' | 'permit' | 'account' | 'card' | 'routing' | 'iban' | 'license' | 'npi' | 'dea' | 'clia' | 'vin' | 'plate' | 'device' | 'serial' | 'passport' | 'other' | 'biometric'
  | 'phone' | 'fax' | 'email' | 'ip' | 'dob' | 'date' | 'zip' | 'address' | 'name' | 'place' | 'age' | 'not';

/** Words between a label and its value that say nothing themselves. */
export const FILLERS = 'number numbers num no nr nbr id ids is was are the of his her their your my its our on in file under with for at to a an and or it as code following patient patients pt pts s listed below please ending ends these one new current primary secondary home work cell phone be has full me us him them person direct only still registered';
