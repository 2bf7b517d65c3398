import { Type } from 'typebox';
import { json, text, type Endpoint } from './endpoint.js';
import { object } from './values.js';

/** What operators, their tools and people with a browser ask for. */
export const getLiveness = {
  id: 'getLiveness',
  method: 'GET',
  path: '/healthz',
  access: 'public',
  group: 'operations',
  summary: 'Whether the process answers',
  reply: json(object({ live: Type.Literal(true) })),
} as const satisfies Endpoint;

export const getReadiness = {
  id: 'getReadiness',
  method: 'GET',
  path: '/readyz',
  access: 'public',
  group: 'operations',
  summary: 'Whether the node takes requests and its indexes are up to date; 503 node.not-ready otherwise',
  reply: json(object({ ready: Type.Literal(true) })),
} as const satisfies Endpoint;

export const getMetrics = {
  id: 'getMetrics',
  method: 'GET',
  path: '/metrics',
  access: 'public',
  group: 'operations',
  summary: 'Metrics in the Prometheus text format',
  reply: text('text/plain; version=0.0.4; charset=utf-8'),
} as const satisfies Endpoint;

export const getOpenApi = {
  id: 'getOpenApi',
  method: 'GET',
  path: '/openapi.json',
  access: 'public',
  group: 'operations',
  summary: 'This document',
  reply: json(Type.Unsafe<Readonly<Record<string, unknown>>>(Type.Object({}))),
} as const satisfies Endpoint;

export const getHomePage = {
  id: 'getHomePage',
  method: 'GET',
  path: '/',
  access: 'public',
  group: 'operations',
  summary: 'What this node is, for people',
  reply: text('text/html; charset=utf-8'),
} as const satisfies Endpoint;
