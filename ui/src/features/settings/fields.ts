/** Every field of the settings document: what it is called, what it does, when it takes effect, how it is edited. */
import type { Component } from 'svelte';
import Banknote from '@lucide/svelte/icons/banknote';
import Clock from '@lucide/svelte/icons/clock';
import Flame from '@lucide/svelte/icons/flame';
import MessageSquare from '@lucide/svelte/icons/message-square';
import Monitor from '@lucide/svelte/icons/monitor';
import Network from '@lucide/svelte/icons/network';
import RadioTower from '@lucide/svelte/icons/radio-tower';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import Store from '@lucide/svelte/icons/store';
import type { Settings } from '../../bindings/Settings';
import { m } from '../../paraglide/messages.js';
import { groupOf, type Effect, type GroupKey, type Path, type Problem } from './form';

type Options = { value: string; label: string }[];

export interface FieldDef {
  label: () => string;
  help: () => string;
  effect: Effect;
  /** `page`: shown here, switched on elsewhere. */
  control: 'text' | 'mono' | 'number' | 'amount' | 'time' | 'switch' | 'select' | 'page';
  options?: () => Options;
  placeholder?: string;
  /** Fields of an external broker are nothing to look at beside the embedded one. */
  shown?: (settings: Settings) => boolean;
}

const external = (settings: Settings) => settings.broker.mode === 'external';

export const fields = {
  'station.name': { label: m.settings_station_name, help: m.settings_station_name_help, effect: 'live', control: 'text' },
  'station.language': {
    label: m.settings_station_language, help: m.settings_station_language_help, effect: 'live', control: 'select',
    options: () => [{ value: 'id', label: m.language_id() }, { value: 'en', label: m.language_en() }],
  },

  'payments.max_per_tap': { label: m.settings_max_per_tap, help: m.settings_max_per_tap_help, effect: 'live', control: 'amount' },
  'payments.max_per_day': { label: m.settings_max_per_day, help: m.settings_max_per_day_help, effect: 'live', control: 'amount' },
  'payments.max_balance': { label: m.settings_max_balance, help: m.settings_max_balance_help, effect: 'live', control: 'amount' },
  'payments.double_tap_seconds': { label: m.settings_double_tap, help: m.settings_double_tap_help, effect: 'live', control: 'number' },
  'payments.arm_seconds': { label: m.settings_arm_seconds, help: m.settings_arm_seconds_help, effect: 'next', control: 'number' },
  'payments.topic_prefix': { label: m.settings_topic_prefix, help: m.settings_topic_prefix_help, effect: 'broker', control: 'mono' },
  'payments.mirror_legacy': { label: m.settings_mirror, help: m.settings_mirror_help, effect: 'live', control: 'switch' },

  'counter.result_seconds': { label: m.settings_result_seconds, help: m.settings_result_seconds_help, effect: 'live', control: 'number' },
  'counter.balance': {
    label: m.settings_balance, help: m.settings_balance_help, effect: 'live', control: 'select',
    options: () => [
      { value: 'show', label: m.settings_balance_show() },
      { value: 'last_three', label: m.settings_balance_last_three() },
      { value: 'hide', label: m.settings_balance_hide() },
    ],
  },
  'counter.both_languages': { label: m.settings_both, help: m.settings_both_help, effect: 'live', control: 'switch' },
  'counter.history': { label: m.settings_history, help: m.settings_history_help, effect: 'live', control: 'switch' },
  'counter.volume': { label: m.settings_volume, help: m.settings_volume_help, effect: 'live', control: 'number' },
  'counter.mute': { label: m.settings_mute, help: m.settings_mute_help, effect: 'live', control: 'switch' },
  'counter.speech': { label: m.settings_speech, help: m.settings_speech_help, effect: 'live', control: 'switch' },
  'counter.quiet_from': { label: m.settings_quiet_from, help: m.settings_quiet_from_help, effect: 'live', control: 'time', placeholder: '22:00' },
  'counter.quiet_to': { label: m.settings_quiet_to, help: m.settings_quiet_to_help, effect: 'live', control: 'time', placeholder: '06:00' },
  'counter.image_seconds': { label: m.settings_image_seconds, help: m.settings_image_seconds_help, effect: 'live', control: 'number' },

  'broker.mode': {
    label: m.settings_broker_mode, help: m.settings_broker_mode_help, effect: 'broker', control: 'select',
    options: () => [{ value: 'embedded', label: m.settings_broker_embedded() }, { value: 'external', label: m.settings_broker_external() }],
  },
  'broker.host': { label: m.settings_host, help: m.settings_host_help, effect: 'broker', control: 'mono', shown: external },
  'broker.port': { label: m.settings_port, help: m.settings_port_help, effect: 'broker', control: 'number', shown: external },
  'broker.version': {
    label: m.settings_version, help: m.settings_version_help, effect: 'broker', control: 'select', shown: external,
    options: () => [{ value: '5', label: 'MQTT 5' }, { value: '3.1.1', label: 'MQTT 3.1.1' }],
  },
  'broker.username': { label: m.settings_username, help: m.settings_username_help, effect: 'broker', control: 'mono', shown: external },
  'broker.client_id': { label: m.settings_client_id, help: m.settings_client_id_help, effect: 'broker', control: 'mono', shown: external },
  'broker.tls': { label: m.settings_tls, help: m.settings_tls_help, effect: 'broker', control: 'switch', shown: external },
  'broker.ca_file': { label: m.settings_ca, help: m.settings_ca_help, effect: 'broker', control: 'mono', shown: (settings) => external(settings) && settings.broker.tls },

  'network.console_on_lan': { label: m.settings_console_lan, help: m.settings_console_lan_help, effect: 'now', control: 'page' },
  'network.readers_on_lan': { label: m.settings_lan, help: m.settings_lan_help, effect: 'broker', control: 'switch' },
  'network.http_port': { label: m.settings_http_port, help: m.settings_http_port_help, effect: 'start', control: 'number' },
  'network.mqtt_port': { label: m.settings_mqtt_port, help: m.settings_mqtt_port_help, effect: 'broker', control: 'number' },
  'network.ws_port': { label: m.settings_ws_port, help: m.settings_ws_port_help, effect: 'broker', control: 'number' },
  'network.mqtts_port': { label: m.settings_mqtts_port, help: m.settings_mqtts_port_help, effect: 'broker', control: 'number' },
  'network.tls_cert_file': { label: m.settings_tls_cert, help: m.settings_tls_cert_help, effect: 'now', control: 'mono' },
  'network.tls_key_file': { label: m.settings_tls_key, help: m.settings_tls_key_help, effect: 'now', control: 'mono' },

  'security.idle_lock_minutes': { label: m.settings_idle_lock, help: m.settings_idle_lock_help, effect: 'live', control: 'number' },
  'security.session_hours': { label: m.settings_session_hours, help: m.settings_session_hours_help, effect: 'next', control: 'number' },
  'security.require_second_factor': { label: m.settings_second_factor, help: m.settings_second_factor_help, effect: 'live', control: 'switch' },
  'security.two_person': { label: m.settings_two_person, help: m.settings_two_person_help, effect: 'live', control: 'switch' },
  'security.two_person_above': { label: m.settings_two_person_above, help: m.settings_two_person_above_help, effect: 'live', control: 'amount' },
  'security.approval_hours': { label: m.settings_approval_hours, help: m.settings_approval_hours_help, effect: 'next', control: 'number' },

  'clock.ntp_server': { label: m.settings_ntp, help: m.settings_ntp_help, effect: 'now', control: 'mono', placeholder: 'pool.ntp.org' },
  'clock.http_url': { label: m.settings_http_url, help: m.settings_http_url_help, effect: 'now', control: 'mono', placeholder: 'https://www.example.id/' },

  'sms.enabled': { label: m.settings_sms_enabled, help: m.settings_sms_enabled_help, effect: 'now', control: 'switch' },
  'sms.country_code': { label: m.settings_sms_country, help: m.settings_sms_country_help, effect: 'live', control: 'mono', placeholder: '62' },
  'sms.time_zone': { label: m.settings_sms_zone, help: m.settings_sms_zone_help, effect: 'live', control: 'mono', placeholder: 'Asia/Jakarta' },
  'sms.otp_minutes': { label: m.settings_sms_otp, help: m.settings_sms_otp_help, effect: 'next', control: 'number' },
  'sms.normal_hours': { label: m.settings_sms_normal, help: m.settings_sms_normal_help, effect: 'next', control: 'number' },
  'sms.window_from': { label: m.settings_sms_from, help: m.settings_sms_from_help, effect: 'live', control: 'time', placeholder: '08:00' },
  'sms.window_to': { label: m.settings_sms_to, help: m.settings_sms_to_help, effect: 'live', control: 'time', placeholder: '20:00' },
  'sms.reports': { label: m.settings_sms_reports, help: m.settings_sms_reports_help, effect: 'next', control: 'switch' },
  'sms.resend_otp': { label: m.settings_sms_resend, help: m.settings_sms_resend_help, effect: 'live', control: 'switch' },
  'sms.volatile_otp': { label: m.settings_sms_volatile, help: m.settings_sms_volatile_help, effect: 'next', control: 'switch' },
  'sms.wide_references': { label: m.settings_sms_wide, help: m.settings_sms_wide_help, effect: 'next', control: 'switch' },
  'sms.gap_hours': { label: m.settings_sms_gap, help: m.settings_sms_gap_help, effect: 'live', control: 'number' },
  'sms.keep_days': { label: m.settings_sms_keep, help: m.settings_sms_keep_help, effect: 'live', control: 'number' },
  'sms.canary_minutes': { label: m.settings_sms_canary, help: m.settings_sms_canary_help, effect: 'live', control: 'number' },

  'stove.forward_url': { label: m.settings_stove_url, help: m.settings_stove_url_help, effect: 'live', control: 'mono', placeholder: 'https://meter.example.id' },
  'stove.forward_user': { label: m.settings_stove_user, help: m.settings_stove_user_help, effect: 'live', control: 'mono' },
  'stove.forward_parallel': { label: m.settings_stove_parallel, help: m.settings_stove_parallel_help, effect: 'live', control: 'number' },
  'stove.keep_frames': {
    label: m.settings_stove_frames, help: m.settings_stove_frames_help, effect: 'next', control: 'select',
    options: () => [
      { value: 'never', label: m.settings_stove_frames_never() },
      { value: 'until_accepted', label: m.settings_stove_frames_until() },
      { value: 'always', label: m.settings_stove_frames_always() },
    ],
  },
  'stove.gap_days': { label: m.settings_stove_gap, help: m.settings_stove_gap_help, effect: 'next', control: 'number' },
  'stove.zero_use_days': { label: m.settings_stove_zero, help: m.settings_stove_zero_help, effect: 'next', control: 'number' },
  'stove.power_max': { label: m.settings_stove_power, help: m.settings_stove_power_help, effect: 'next', control: 'number' },
  'stove.ble_service': { label: m.settings_stove_service, help: m.settings_stove_service_help, effect: 'next', control: 'mono' },
  'stove.ble_read': { label: m.settings_stove_read, help: m.settings_stove_read_help, effect: 'next', control: 'mono' },
  'stove.ble_write': { label: m.settings_stove_write, help: m.settings_stove_write_help, effect: 'next', control: 'mono' },
  'stove.ble_notify': { label: m.settings_stove_notify, help: m.settings_stove_notify_help, effect: 'next', control: 'switch' },
  'stove.ble_seconds': { label: m.settings_stove_seconds, help: m.settings_stove_seconds_help, effect: 'next', control: 'number' },
  'stove.endpoint': { label: m.settings_stove_endpoint, help: m.settings_stove_endpoint_help, effect: 'live', control: 'switch' },
  'stove.endpoint_hours': { label: m.settings_stove_hours, help: m.settings_stove_hours_help, effect: 'next', control: 'number', shown: (settings) => settings.stove.endpoint },
} satisfies Record<Path, FieldDef>;

export const paths = Object.keys(fields) as Path[];
export const fieldOf = (path: Path): FieldDef => fields[path];

export const groups: { key: GroupKey; title: () => string; icon: Component }[] = [
  { key: 'station', title: m.settings_station, icon: Store },
  { key: 'payments', title: m.settings_payments, icon: Banknote },
  { key: 'counter', title: m.settings_counter, icon: Monitor },
  { key: 'broker', title: m.settings_broker, icon: RadioTower },
  { key: 'network', title: m.settings_network, icon: Network },
  { key: 'security', title: m.settings_security, icon: ShieldCheck },
  { key: 'clock', title: m.settings_clock, icon: Clock },
  { key: 'sms', title: m.nav_sms, icon: MessageSquare },
  { key: 'stove', title: m.nav_stove, icon: Flame },
];

const effects: Record<Effect, () => string> = {
  live: m.settings_effect_live,
  next: m.settings_effect_next,
  broker: m.settings_effect_broker,
  now: m.settings_effect_now,
  start: m.settings_effect_start,
};

/** What it does, and from when. */
export const helpOf = (path: Path): string => `${fieldOf(path).help()} ${effects[fieldOf(path).effect]()}`;

export function problemSentence(problem: Problem): string {
  if (problem.kind === 'range') return m.settings_number_bad({ least: problem.least, most: problem.most });
  if (problem.kind === 'port_twice') return m.settings_port_twice({ port: problem.port });
  const sentences: Record<Exclude<Problem['kind'], 'range' | 'port_twice'>, () => string> = {
    too_long: m.settings_too_long,
    required: m.field_required,
    prefix: m.settings_prefix_bad,
    client_id: m.settings_client_id_bad,
    time: m.settings_time_bad,
    both_times: m.settings_both_times,
    both_files: m.settings_both_files,
    web_address: m.settings_web_address_bad,
    alone: m.settings_alone,
    country: m.settings_sms_country_bad,
    zone: m.settings_sms_zone_bad,
    forward_url: m.settings_stove_url_bad,
    uuid: m.settings_stove_uuid_bad,
  };
  return sentences[problem.kind]();
}

/** Fields of a group that are there to be seen, and match what is searched for: in name, help or machine's name. */
export function shownPaths(settings: Settings, group: GroupKey, search: string): Path[] {
  const words = search.trim().toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return paths.filter((path) => {
    if (groupOf(path) !== group) return false;
    const { shown, label, help } = fieldOf(path);
    if (shown && !shown(settings)) return false;
    const text = `${label()} ${help()} ${path} ${groups.find((one) => one.key === group)!.title()}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
}
