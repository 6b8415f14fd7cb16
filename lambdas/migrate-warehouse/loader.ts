import { addMember, createUser, existingMember, existingUser } from '../../lib/warehouse/migrations.ts';
import type { DataApi } from '../shared/redshift.ts';

/** Lets a user of the database load; makes the user who has not signed in before. */
export async function addLoader(warehouse: DataApi, user: string): Promise<void> {
  const missing = async (statement: string) => (await warehouse.query(statement, [user])).length === 0;
  if (await missing(existingUser())) await warehouse.query(createUser(user));
  if (await missing(existingMember())) await warehouse.query(addMember(user));
}
