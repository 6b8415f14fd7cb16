import { setTimeout as pause } from 'node:timers/promises';
import { EC2Client } from '@aws-sdk/client-ec2';
import { customResource } from '../shared/custom-resource.ts';
import { cleanSecurityGroups } from './handler.ts';

export const handler = customResource(cleanSecurityGroups({ ec2: new EC2Client({}), pause }));
